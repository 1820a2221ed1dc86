#include "test.h"

#include "base/clock.h"
#include "hub/presence.h"

static struct {
    int count;
    id64 user;
    enum Presence state;
    int64_t last_seen_us;
} told;

static void on_change(void *arg, id64 user, enum Presence state, int64_t last_seen_us) {
    told.count++;
    told.user = user;
    told.state = state;
    told.last_seen_us = last_seen_us;
}

static struct presence *presence;
static const int64_t start = INT64_C(1800000000) * SECOND_US;

static int set_up(void **state) {
    told.count = 0;
    clock_freeze_us(start);
    presence = presence_new(&(struct presence_config){on_change, NULL});
    return 0;
}

static int tear_down(void **state) {
    presence_free(&presence);
    clock_freeze_us(0);
    return 0;
}

static void several_devices_count_once_and_the_most_present_wins(void **state) {
    presence_add(presence, 5, true);
    assert_int_equal(told.count, 1);
    assert_int_equal(told.state, PRESENCE_ONLINE);
    presence_add(presence, 5, false);
    assert_int_equal(told.count, 1);
    presence_switch(presence, 5, false); /* the active one goes idle */
    assert_int_equal(told.count, 2);
    assert_int_equal(told.state, PRESENCE_AWAY);
    assert_int_equal(presence_online(presence), 1);
    presence_remove(presence, 5, false);
    assert_int_equal(told.count, 2);
}

static void a_reload_is_not_seen_by_others(void **state) {
    presence_add(presence, 5, true);
    presence_remove(presence, 5, true);
    clock_advance_us(PRESENCE_GRACE_US - 1);
    presence_tick(presence);
    presence_add(presence, 5, true);
    clock_advance_us(HOUR_US);
    presence_tick(presence);
    assert_int_equal(told.count, 1);
    assert_int_equal(presence_online(presence), 1);
}

static void who_stays_away_is_offline_since_the_last_connection(void **state) {
    int64_t last;
    presence_add(presence, 5, true);
    presence_remove(presence, 5, true);
    clock_advance_us(PRESENCE_GRACE_US);
    presence_tick(presence);
    assert_int_equal(told.count, 2);
    assert_int_equal(told.state, PRESENCE_OFFLINE);
    assert_true(told.last_seen_us == start);
    assert_int_equal(presence_get(presence, 5, &last), PRESENCE_OFFLINE);
    assert_true(last == start);
    assert_int_equal(presence_online(presence), 0);
}

static void long_gone_people_are_forgotten(void **state) {
    int64_t last;
    presence_add(presence, 5, true);
    presence_remove(presence, 5, true);
    clock_advance_us(PRESENCE_GRACE_US);
    presence_tick(presence);
    clock_advance_us(PRESENCE_KEPT_US);
    presence_tick(presence);
    assert_int_equal(presence_get(presence, 5, &last), PRESENCE_OFFLINE);
    assert_true(last == 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            several_devices_count_once_and_the_most_present_wins, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_reload_is_not_seen_by_others, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            who_stays_away_is_offline_since_the_last_connection, set_up, tear_down),
        cmocka_unit_test_setup_teardown(long_gone_people_are_forgotten, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
