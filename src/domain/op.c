#include "domain/op.h"

#include <stdarg.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/check.h"
#include "domain/core.h"

/* By enum op_kind. */
const struct rule rules[OP_KIND_COUNT] = {
    [OP_SERVER_GET] = {"server_get", false, false, run_server_get},
    [OP_ACCOUNT_CREATE] = {"account_create", true, false, run_account_create},
    [OP_SIGN_IN] = {"sign_in", true, false, run_sign_in},
    [OP_SIGN_OUT] = {"sign_out", true, true, run_sign_out},
    [OP_SESSION_GET] = {"session_get", false, true, run_session_get},
    [OP_SESSIONS_LIST] = {"sessions_list", false, true, run_sessions_list},
    [OP_SESSION_END] = {"session_end", true, true, run_session_end},
    [OP_SESSIONS_END] = {"sessions_end", true, true, run_sessions_end},
    [OP_PASSWORD_CHANGE] = {"password_change", true, true, run_password_change},
    [OP_ME_PATCH] = {"me_patch", true, true, run_me_patch},
    [OP_STATUS_SET] = {"status_set", true, true, run_status_set},
    [OP_STATUS_CLEAR] = {"status_clear", true, true, run_status_clear},
    [OP_PROFILE_GET] = {"profile_get", false, true, run_profile_get},
    [OP_ROOMS_SHARED] = {"rooms_shared", false, true, run_rooms_shared},
    [OP_PICTURE_ASK] = {"picture_ask", false, true, run_picture_ask},
    [OP_PICTURE_SET] = {"picture_set", true, true, run_picture_set},
    [OP_PICTURE_CLEAR] = {"picture_clear", true, true, run_picture_clear},
    [OP_PICTURE_GET] = {"picture_get", false, false, run_picture_get},
    [OP_SEEN_NOW] = {"seen_now", true, true, run_seen_now},
    [OP_USERS_LIST] = {"users_list", false, true, run_users_list},
    [OP_USER_GET] = {"user_get", false, true, run_user_get},
    [OP_ROOMS_LIST] = {"rooms_list", false, true, run_rooms_list},
    [OP_ROOMS_OPEN] = {"rooms_open", false, true, run_rooms_open},
    [OP_ROOM_CREATE] = {"room_create", true, true, run_room_create},
    [OP_ROOM_GET] = {"room_get", false, true, run_room_get},
    [OP_ROOM_ENTRY] = {"room_entry", false, true, run_room_entry},
    [OP_ROOM_PATCH] = {"room_patch", true, true, run_room_patch},
    [OP_ROOM_DELETE] = {"room_delete", true, true, run_room_delete},
    [OP_MEMBERS_LIST] = {"members_list", false, true, run_members_list},
    [OP_MEMBER_ADD] = {"member_add", true, true, run_member_add},
    [OP_MEMBER_PATCH] = {"member_patch", true, true, run_member_patch},
    [OP_MEMBER_REMOVE] = {"member_remove", true, true, run_member_remove},
    [OP_MESSAGES_PAGE] = {"messages_page", false, true, run_messages_page},
    [OP_MESSAGE_SEND] = {"message_send", true, true, run_message_send},
    [OP_MESSAGE_GET] = {"message_get", false, true, run_message_get},
    [OP_MESSAGE_EDIT] = {"message_edit", true, true, run_message_edit},
    [OP_MESSAGE_DELETE] = {"message_delete", true, true, run_message_delete},
    [OP_MESSAGE_EDITS] = {"message_edits", false, true, run_message_edits},
    [OP_REACT] = {"react", true, true, run_react},
    [OP_REACTED_LIST] = {"reacted_list", false, true, run_reacted_list},
    [OP_PIN] = {"pin", true, true, run_pin},
    [OP_PINS_LIST] = {"pins_list", false, true, run_pins_list},
    [OP_STAR] = {"star", true, true, run_star},
    [OP_STARS_LIST] = {"stars_list", false, true, run_stars_list},
    [OP_MENTIONS_LIST] = {"mentions_list", false, true, run_mentions_list},
    [OP_HIDE] = {"hide", true, true, run_hide},
    [OP_READ] = {"read", true, true, run_read},
    [OP_UNREAD] = {"unread", true, true, run_unread},
    [OP_DRAFT] = {"draft", true, true, run_draft},
    [OP_BLOCK] = {"block", true, true, run_block},
    [OP_BLOCKED_LIST] = {"blocked_list", false, true, run_blocked_list},
    [OP_NOTIFY] = {"notify", true, true, run_notify},
    [OP_WHISPER] = {"whisper", true, true, run_whisper},
    [OP_WHISPER_GET] = {"whisper_get", false, true, run_whisper_get},
    [OP_WHISPER_EDIT] = {"whisper_edit", true, true, run_whisper_edit},
    [OP_WHISPER_DELETE] = {"whisper_delete", true, true, run_whisper_delete},
    [OP_WHISPERS_READ] = {"whispers_read", true, true, run_whispers_read},
    [OP_REPORT] = {"report", true, true, run_report},
    [OP_WHISPER_REPORT] = {"whisper_report", true, true, run_whisper_report},
    [OP_SEEN_LIST] = {"seen_list", false, true, run_seen_list},
    [OP_PASSING_LIST] = {"passing_list", false, true, run_passing_list},
    [OP_PASSING_MAKE] = {"passing_make", false, true, run_passing_make},
    [OP_PASSING_ENTER] = {"passing_enter", false, true, run_passing_enter},
    [OP_PASSING_SAY] = {"passing_say", false, true, run_passing_say},
    [OP_PASSING_UNSAY] = {"passing_unsay", false, true, run_passing_unsay},
    [OP_PASSING_TURN_OUT] = {"passing_turn_out", false, true, run_passing_turn_out},
    [OP_PASSING_EXIT] = {"passing_exit", false, true, run_passing_exit},
    [OP_INVITE_LIST] = {"invite_list", false, false, run_invite_list},
    [OP_INVITE_MAKE] = {"invite_make", true, false, run_invite_make},
    [OP_INVITE_REVOKE] = {"invite_revoke", true, false, run_invite_revoke},
    [OP_INVITE_LOOK] = {"invite_look", false, false, run_invite_look},
    [OP_INVITE_ACCEPT] = {"invite_accept", true, true, run_invite_accept},
    [OP_RESET_LOOK] = {"reset_look", false, false, run_reset_look},
    [OP_RESET_USE] = {"reset_use", true, false, run_reset_use},
    [OP_SEARCH] = {"search", false, true, run_search},
    [OP_SYNC_ROOMS] = {"sync_rooms", false, true, run_sync_rooms},
    [OP_SYNC] = {"sync", false, true, run_sync},
    [OP_ADMIN_USERS] = {"admin_users", false, false, run_admin_users},
    [OP_ADMIN_ADD] = {"admin_add", true, false, run_admin_add},
    [OP_ADMIN_PASSWORD] = {"admin_password", true, false, run_admin_password},
    [OP_ADMIN_DISABLE] = {"admin_disable", true, false, run_admin_disable},
    [OP_ADMIN_TOKEN] = {"admin_token", true, false, run_admin_token},
    [OP_IMPORT_ROOM] = {"import_room", true, false, run_import_room},
    [OP_IMPORT_LINES] = {"import_lines", true, false, run_import_lines},
    [OP_SETTINGS_GET] = {"settings_get", false, false, run_settings_get},
    [OP_SETTINGS_PATCH] = {"settings_patch", true, false, run_settings_patch},
    [OP_AUDIT_LIST] = {"audit_list", false, false, run_audit_list},
    [OP_AUDIT_CHECK] = {"audit_check", false, false, run_audit_check},
    [OP_FIGURES] = {"figures", false, false, run_figures},
    [OP_MANAGE_USERS] = {"manage_users", false, false, run_manage_users},
    [OP_MANAGE_USER_ADD] = {"manage_user_add", true, false, run_manage_user_add},
    [OP_MANAGE_USER_GET] = {"manage_user_get", false, false, run_manage_user_get},
    [OP_MANAGE_USER_PATCH] = {"manage_user_patch", true, false, run_manage_user_patch},
    [OP_MANAGE_RESET] = {"manage_reset", true, false, run_manage_reset},
    [OP_MANAGE_SESSIONS] = {"manage_sessions", false, false, run_manage_sessions},
    [OP_MANAGE_SESSIONS_END] = {"manage_sessions_end", true, false, run_manage_sessions_end},
    [OP_MANAGE_ROOMS] = {"manage_rooms", false, false, run_manage_rooms},
    [OP_MANAGE_ROOM_GET] = {"manage_room_get", false, false, run_manage_room_get},
    [OP_MANAGE_ROOM_PATCH] = {"manage_room_patch", true, false, run_manage_room_patch},
    [OP_MANAGE_ROOM_DELETE] = {"manage_room_delete", true, false, run_manage_room_delete},
    [OP_MANAGE_MEMBERS] = {"manage_members", false, false, run_manage_members},
    [OP_MANAGE_MESSAGES] = {"manage_messages", false, true, run_manage_messages},
    [OP_MANAGE_REPORTS] = {"manage_reports", false, true, run_manage_reports},
    [OP_MANAGE_REPORT_SETTLE] = {"manage_report_settle", true, true, run_manage_report_settle},
    [OP_MANAGE_REMOVE] = {"manage_remove", true, false, run_manage_remove},
    [OP_EXPORT] = {"export", false, false, run_export},
    [OP_AUDIT_NOTE] = {"audit_note", true, false, run_audit_note},
    [OP_LAST_SEEN] = {"last_seen", false, true, run_last_seen},
};

struct op *op_new(enum op_kind kind) {
    struct op *op = xcalloc(1, sizeof *op);
    op->kind = kind;
    op->arena = arena_new();
    return op;
}

void op_free(struct op **opp) {
    struct op *op = *opp;
    *opp = NULL;
    if (!op)
        return;
    for (size_t i = 0; i < op->sync.frame_count; i++)
        blob_unref(&op->sync.frames[i]);
    blob_unref(&op->out);
    arena_free(&op->arena);
    free(op);
}

bool op_is_write(enum op_kind kind) {
    return rules[kind].write;
}

const char *op_name(enum op_kind kind) {
    return rules[kind].name;
}

void op_fail(struct op *op, enum fail fail, const char *field, const char *detail, ...) {
    if (op->fail != FAIL_NONE)
        return;
    op->fail = fail;
    op->field = field;
    if (!detail)
        return;
    struct buf b = {0};
    va_list ap;
    va_start(ap, detail);
    buf_addvf(&b, detail, ap);
    va_end(ap);
    op->detail = arena_str(op->arena, buf_str(&b));
    buf_fini(&b);
}
