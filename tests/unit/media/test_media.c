/* Pictures from strangers: what becomes of them, what is refused, and what the child may not do. */
#include <errno.h>
#include <fcntl.h>
#include <gd.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/check.h"
#include "base/fault.h"
#include "base/limits.h"
#include "media/media_internal.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#elif defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

static const int sides[PICTURE_SIZES] = PICTURE_SIDES;

/* --- pictures */

enum { RED = 0xff0000, GREEN = 0x00ff00, BLUE = 0x0000ff, YELLOW = 0xffff00 };

/* Red and green above, blue and yellow below. */
static gdImagePtr quarters(int w, int h) {
    gdImagePtr im = gdImageCreateTrueColor(w, h);
    gdImageFilledRectangle(im, 0, 0, w / 2, h / 2, RED);
    gdImageFilledRectangle(im, w / 2, 0, w, h / 2, GREEN);
    gdImageFilledRectangle(im, 0, h / 2, w / 2, h, BLUE);
    gdImageFilledRectangle(im, w / 2, h / 2, w, h, YELLOW);
    return im;
}

static struct buf taken(void *p, int n) {
    struct buf b = {0};
    assert_non_null(p);
    buf_add(&b, p, (size_t)n);
    gdFree(p);
    return b;
}

static struct buf encoded(gdImagePtr im, enum probe_kind kind) {
    int n = 0;
    void *p = kind == PROBE_JPEG ? gdImageJpegPtr(im, &n, 90)
        : kind == PROBE_PNG      ? gdImagePngPtr(im, &n)
        : kind == PROBE_WEBP     ? gdImageWebpPtrEx(im, &n, 90)
                                 : gdImageGifPtr(im, &n);
    struct buf b = taken(p, n);
    gdImageDestroy(im);
    return b;
}

struct made {
    struct buf pictures[PICTURE_SIZES];
};

static void keep(void *arg, int i, struct str webp) {
    struct made *m = arg;
    buf_clear(&m->pictures[i]);
    buf_add_str(&m->pictures[i], webp);
}

static void forget(struct made *m) {
    for (int i = 0; i < PICTURE_SIZES; i++)
        buf_fini(&m->pictures[i]);
}

static enum media_result make(struct str bytes, struct made *m) {
    return picture_make(bytes, keep, m);
}

static enum media_result result_of(struct str bytes) {
    struct made m = {0};
    enum media_result result = make(bytes, &m);
    forget(&m);
    return result;
}

static gdImagePtr decoded(const struct buf *b) {
    gdImagePtr im = gdImageCreateFromWebpPtr((int)b->n, b->p);
    assert_non_null(im);
    return im;
}

static bool is_near(int colour, int wanted) {
    for (int shift = 0; shift <= 16; shift += 8)
        if (abs((colour >> shift & 0xff) - (wanted >> shift & 0xff)) > 60)
            return false;
    return (colour >> 24) == 0;
}

/* In the middle of each quarter: above left, above right, below left, below right. */
static void assert_quarters(const struct buf *b, int side, const int *wanted) {
    gdImagePtr im = decoded(b);
    assert_int_equal(gdImageSX(im), side);
    assert_int_equal(gdImageSY(im), side);
    for (int i = 0; i < 4; i++) {
        int colour =
            gdImageGetTrueColorPixel(im, side * (1 + 2 * (i & 1)) / 4, side * (1 + (i & 2)) / 4);
        if (!is_near(colour, wanted[i]))
            fail_msg("quarter %d of %d: %06x, not %06x", i, side, colour, wanted[i]);
    }
    gdImageDestroy(im);
}

static const int as_made[4] = {RED, GREEN, BLUE, YELLOW};

static void every_kind_becomes_squares_of_webp(void **state) {
    (void)state;
    static const enum probe_kind kinds[] = {PROBE_JPEG, PROBE_PNG, PROBE_WEBP, PROBE_GIF};
    for (size_t k = 0; k < 4; k++) {
        struct buf in = encoded(quarters(300, 200), kinds[k]);
        struct made m = {0};
        assert_int_equal(make(buf_str(&in), &m), MEDIA_GOOD);
        for (int i = 0; i < PICTURE_SIZES; i++)
            assert_quarters(&m.pictures[i], sides[i], as_made);
        forget(&m);
        buf_fini(&in);
    }
}

static void small_and_lopsided_ones_fill_the_square_too(void **state) {
    (void)state;
    static const int sizes[][2] = {{1, 1}, {2, 900}, {900, 2}, {3, 3}, {511, 513}};
    for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++) {
        struct buf in = encoded(quarters(sizes[k][0], sizes[k][1]), PROBE_PNG);
        struct made m = {0};
        assert_int_equal(make(buf_str(&in), &m), MEDIA_GOOD);
        gdImagePtr im = decoded(&m.pictures[PICTURE_SIZES - 1]);
        assert_int_equal(gdImageSX(im), PICTURE_LARGE);
        gdImageDestroy(im);
        forget(&m);
        buf_fini(&in);
    }
}

static void what_can_be_seen_through_is_white(void **state) {
    (void)state;
    gdImagePtr im = gdImageCreateTrueColor(100, 100);
    gdImageAlphaBlending(im, 0);
    gdImageSaveAlpha(im, 1);
    gdImageFilledRectangle(im, 0, 0, 99, 99, gdTrueColorAlpha(0, 0, 0, 127));
    struct buf in = encoded(im, PROBE_PNG);
    struct made m = {0};
    static const int white[4] = {0xffffff, 0xffffff, 0xffffff, 0xffffff};
    assert_int_equal(make(buf_str(&in), &m), MEDIA_GOOD);
    assert_quarters(&m.pictures[0], sides[0], white);
    forget(&m);
    buf_fini(&in);
}

/* An APP1 with an orientation and a camera's name, after the start of a JPEG. */
static struct buf with_exif(const struct buf *jpeg, int orientation, bool motorola) {
    static const char camera[] = "Secret camera of the owner";
    unsigned char tiff[8 + 2 + 12 + 4] = {0};
    struct buf out = {0};
    if (motorola) {
        memcpy(tiff, "MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01", 18);
        tiff[19] = (unsigned char)orientation;
    } else {
        memcpy(tiff, "II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0", 18);
        tiff[18] = (unsigned char)orientation;
    }
    size_t n = 2 + 6 + sizeof tiff + sizeof camera;
    buf_add(&out, jpeg->p, 2);
    buf_add(&out, "\xff\xe1", 2);
    buf_add_char(&out, (char)(n >> 8));
    buf_add_char(&out, (char)n);
    buf_add(&out, "Exif\0\0", 6);
    buf_add(&out, tiff, sizeof tiff);
    buf_add(&out, camera, sizeof camera);
    buf_add(&out, jpeg->p + 2, jpeg->n - 2);
    return out;
}

static void the_way_up_that_exif_says_is_heeded(void **state) {
    (void)state;
    /* What is stored, turned for the eye (EXIF 2.3 4.6.4 A). */
    static const int wanted[9][4] = {{0}, {RED, GREEN, BLUE, YELLOW}, {GREEN, RED, YELLOW, BLUE},
        {YELLOW, BLUE, GREEN, RED}, {BLUE, YELLOW, RED, GREEN}, {RED, BLUE, GREEN, YELLOW},
        {BLUE, RED, YELLOW, GREEN}, {YELLOW, GREEN, BLUE, RED}, {GREEN, YELLOW, RED, BLUE}};
    struct buf plain = encoded(quarters(240, 160), PROBE_JPEG);
    for (int o = 1; o <= 8; o++)
        for (int motorola = 0; motorola < 2; motorola++) {
            struct buf in = with_exif(&plain, o, motorola);
            struct made m = {0};
            assert_int_equal(make(buf_str(&in), &m), MEDIA_GOOD);
            for (int i = 0; i < PICTURE_SIZES; i++)
                assert_quarters(&m.pictures[i], sides[i], wanted[o]);
            forget(&m);
            buf_fini(&in);
        }
    buf_fini(&plain);
}

static void nothing_but_what_is_seen_is_kept(void **state) {
    (void)state;
    struct buf plain = encoded(quarters(240, 160), PROBE_JPEG), in = with_exif(&plain, 1, true);
    struct made m = {0};
    assert_true(str_find_str(buf_str(&in), STR("Secret camera")) > 0);
    assert_int_equal(make(buf_str(&in), &m), MEDIA_GOOD);
    for (int i = 0; i < PICTURE_SIZES; i++) {
        struct str made = buf_str(&m.pictures[i]);
        assert_true(str_find_str(made, STR("Secret")) < 0);
        assert_true(str_find_str(made, STR("EXIF")) < 0);
        assert_true(str_find_str(made, STR("ICCP")) < 0);
    }
    forget(&m);
    buf_fini(&in);
    buf_fini(&plain);
}

/* --- what is refused */

static void put_u32(char *p, uint32_t v) {
    for (int i = 0; i < 4; i++)
        p[i] = (char)(v >> (24 - 8 * i));
}

static void bombs_are_refused_by_what_they_declare(void **state) {
    (void)state;
    struct buf png = encoded(quarters(10, 10), PROBE_PNG),
               gif = encoded(quarters(10, 10), PROBE_GIF),
               jpeg = encoded(quarters(16, 16), PROBE_JPEG);
    static const uint32_t large[][2] = {{LIMIT_PICTURE_SIDE + 1, 1}, {1, LIMIT_PICTURE_SIDE + 1},
        {5001, 5000}, {0x7fffffff, 0x7fffffff}, {0xffffffff, 2}, {65536, 65536}};
    for (size_t i = 0; i < sizeof large / sizeof *large; i++) {
        put_u32(png.p + 16, large[i][0]);
        put_u32(png.p + 20, large[i][1]);
        assert_int_equal(result_of(buf_str(&png)), MEDIA_TOO_LARGE);
    }
    memcpy(gif.p + 6, "\xff\xff\xff\xff", 4);
    assert_int_equal(result_of(buf_str(&gif)), MEDIA_TOO_LARGE);
    ptrdiff_t frame = str_find_str(buf_str(&jpeg), STR("\xff\xc0"));
    assert_true(frame > 0);
    memcpy(jpeg.p + frame + 5, "\xff\xdc\xff\xdc", 4);
    assert_int_equal(result_of(buf_str(&jpeg)), MEDIA_TOO_LARGE);
    buf_fini(&png);
    buf_fini(&gif);
    buf_fini(&jpeg);
}

static void a_picture_cut_short_is_refused(void **state) {
    (void)state;
    static const enum probe_kind kinds[] = {PROBE_JPEG, PROBE_PNG, PROBE_WEBP, PROBE_GIF};
    for (size_t k = 0; k < 4; k++) {
        struct buf whole = encoded(quarters(60, 40), kinds[k]);
        /* The last bytes may be padding, or the end's own mark. */
        size_t least = whole.n - (kinds[k] == PROBE_PNG ? 12 : 2);
        for (size_t n = 0; n < least; n += 1 + n / 40) {
            struct buf part = {0};
            buf_add(&part, whole.p, n);
            if (result_of(buf_str(&part)) == MEDIA_GOOD)
                fail_msg("kind %zu: %zu bytes of %zu were taken", k, n, whole.n);
            buf_fini(&part);
        }
        buf_fini(&whole);
    }
}

static void what_is_no_picture_is_refused(void **state) {
    (void)state;
    static const char *const no[] = {"", "x", "hello", "<svg xmlns='http://www.w3.org/2000/svg'/>",
        "BM\x36\x04", "%PDF-1.4", "\xff\xd8\xff", "\xff\xd8\xff\xe0\xff\xff", "\x89PNG\r\n\x1a\n",
        "GIF89a", "RIFFxxxxWEBP", "RIFFxxxxWEBPVP8 "};
    for (size_t i = 0; i < sizeof no / sizeof *no; i++)
        assert_int_equal(result_of(str_from(no[i])), MEDIA_UNREADABLE);
}

/* --- the child's answer, as a stranger's */

static struct buf good_answer(void) {
    struct buf b = {0};
    buf_add_char(&b, MEDIA_GOOD);
    for (int i = 0; i < PICTURE_SIZES; i++)
        buf_add(&b, "\x14\0\0\0RIFF\x0c\0\0\0WEBPVP8 \0\0\0\0", 24);
    return b;
}

static int parsed(struct str bytes) {
    enum media_result result;
    struct str pictures[PICTURE_SIZES];
    return answer_parse(bytes, &result, pictures);
}

static void an_answer_is_whole_or_none(void **state) {
    (void)state;
    struct buf b = good_answer();
    for (size_t n = 0; n < b.n; n++)
        assert_int_equal(parsed(str_make(b.p, n)), 0);
    assert_int_equal(parsed(buf_str(&b)), 1);
    buf_add_char(&b, 0);
    assert_int_equal(parsed(buf_str(&b)), -1);
    buf_fini(&b);
    assert_int_equal(parsed(STR("\x01")), 1);
    assert_int_equal(parsed(STR("\x02")), 1);
    assert_int_equal(parsed(STR("\x03")), -1);
    assert_int_equal(parsed(STR("\x01\x01")), -1);
    assert_int_equal(parsed(STR("\0\xff\xff\xff\xff")), -1);
    b = good_answer();
    b.p[5] = '<'; /* no WebP */
    assert_int_equal(parsed(buf_str(&b)), -1);
    buf_fini(&b);
}

/* --- the pool */

struct wait {
    struct media_job job;
    struct waiting {
        pthread_mutex_t lock;
        pthread_cond_t done;
        int left;
    } * all;
};

static void on_end(struct media_job *job) {
    struct waiting *all = ((struct wait *)job)->all;
    pthread_mutex_lock(&all->lock);
    all->left--;
    pthread_cond_signal(&all->done);
    pthread_mutex_unlock(&all->lock);
}

static void wait_for(struct waiting *all) {
    pthread_mutex_lock(&all->lock);
    while (all->left)
        pthread_cond_wait(&all->done, &all->lock);
    pthread_mutex_unlock(&all->lock);
}

static void drop(struct wait *w) {
    for (int i = 0; i < PICTURE_SIZES; i++)
        blob_unref(&w->job.pictures[i]);
}

static enum media_result made_by(struct media *m, struct str bytes) {
    struct waiting all = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 1};
    struct wait w = {.job = {.bytes = bytes, .on_end = on_end}, .all = &all};
    assert_int_equal(media_submit(m, &w.job), 0);
    wait_for(&all);
    for (int i = 0; i < PICTURE_SIZES; i++)
        assert_int_equal(w.job.pictures[i] != NULL, w.job.result == MEDIA_GOOD);
    drop(&w);
    return w.job.result;
}

static void the_child_makes_pictures_and_says_no(void **state) {
    (void)state;
    struct media *m = media_new(&(struct media_config){0});
    struct buf in = encoded(quarters(1200, 900), PROBE_JPEG),
               png = encoded(quarters(9, 9), PROBE_PNG);
    put_u32(png.p + 16, 30000);
    put_u32(png.p + 20, 30000);
    assert_int_equal(made_by(m, buf_str(&in)), MEDIA_GOOD);
    assert_int_equal(made_by(m, buf_str(&png)), MEDIA_TOO_LARGE);
    assert_int_equal(made_by(m, STR("hello")), MEDIA_UNREADABLE);
    assert_int_equal(made_by(m, STR("")), MEDIA_UNREADABLE);
    assert_int_equal(made_by(m, buf_str(&in)), MEDIA_GOOD);
    buf_fini(&in);
    buf_fini(&png);
    media_free(&m);
}

static void a_bomb_that_lies_about_its_size_finds_its_limits(void **state) {
    (void)state;
    /* 25 million pixels of one colour, as declared: tens of kilobytes that become a hundred
     * million. */
    struct media *m = media_new(&(struct media_config){0});
    gdImagePtr im = gdImageCreate(5000, 5000);
    gdImageColorAllocate(im, 10, 20, 30);
    struct buf in = encoded(im, PROBE_PNG);
    assert_true(in.n < 100 * 1024);
    enum media_result result = made_by(m, buf_str(&in));
    assert_true(result == MEDIA_GOOD);
    buf_fini(&in);
    media_free(&m);
}

static void a_child_that_is_killed_costs_its_picture_only(void **state) {
    (void)state;
    struct media *m = media_new(&(struct media_config){.threads = 1});
    struct buf in = encoded(quarters(30, 30), PROBE_PNG);
    fault_arm("media.child", 1);
    assert_int_equal(made_by(m, buf_str(&in)), MEDIA_UNREADABLE);
    fault_arm("media.start", 1);
    assert_int_equal(made_by(m, buf_str(&in)), MEDIA_UNAVAILABLE);
    fault_arm("", 0);
    assert_int_equal(made_by(m, buf_str(&in)), MEDIA_GOOD);
    buf_fini(&in);
    media_free(&m);
}

static void a_child_that_is_late_is_killed(void **state) {
    (void)state;
    struct media *m = media_new(&(struct media_config){.program = LATE_CHILD, .limit_ms = 200});
    struct buf much = {0}; /* more than a socket holds: it is not even listened to */
    memset(buf_reserve(&much, 2000000), 'x', 2000000);
    much.n = 2000000;
    assert_int_equal(made_by(m, buf_str(&much)), MEDIA_UNREADABLE);
    buf_fini(&much);
    media_free(&m);
}

static void a_child_that_talks_too_much_is_killed(void **state) {
    (void)state;
    struct media *m = media_new(&(struct media_config){.program = "/usr/bin/yes"});
    assert_int_equal(made_by(m, STR("x")), MEDIA_UNREADABLE);
    media_free(&m);
    m = media_new(&(struct media_config){.program = "/nowhere/at/all"});
    assert_int_equal(made_by(m, STR("x")), MEDIA_UNAVAILABLE);
    media_free(&m);
}

/* More than may wait, and then the end: each that was accepted ends once, and no child is left. */
static void many_at_once_wait_or_are_turned_away_and_all_end(void **state) {
    (void)state;
    enum { MANY = LIMIT_PICTURES_WAITING + 20 };
    static struct wait jobs[MANY];
    struct waiting all = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0};
    struct media *m = media_new(&(struct media_config){.program = LATE_CHILD});
    int accepted = 0;
    for (int i = 0; i < MANY; i++) {
        jobs[i] = (struct wait){.job = {.bytes = STR("x"), .on_end = on_end}, .all = &all};
        pthread_mutex_lock(&all.lock);
        bool good = media_submit(m, &jobs[i].job) == 0;
        all.left += good;
        accepted += good;
        pthread_mutex_unlock(&all.lock);
    }
    assert_in_range(accepted, LIMIT_PICTURES_WAITING, LIMIT_PICTURES_WAITING + 2);
    media_free(&m);
    assert_int_equal(all.left, 0);
    for (int i = 0; i < accepted; i++)
        assert_int_equal(jobs[i].job.result, MEDIA_UNAVAILABLE);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    assert_int_equal(errno, ECHILD);
}

/* --- what the child has taken from itself */

static void open_a_file(void) {
    (void)!open("/etc/passwd", O_RDONLY);
}

static void open_a_socket(void) {
    (void)!socket(AF_INET, SOCK_STREAM, 0);
}

static void start_a_process(void) {
    (void)!fork();
}

static void run_a_program(void) {
    char *none[] = {NULL};
    execve("/bin/true", none, none);
}

static void signal_its_parent(void) {
    kill(getppid(), 0);
}

static void make_memory_executable(void) {
    (void)!mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static void read_elsewhere(void) {
    char c;
    (void)!read(7, &c, 1);
}

static void write_elsewhere(void) {
    (void)!write(2, "x", 1);
}

/* How a confined process ends that does this. */
static int end_of(void (*deed)(void)) {
    int status;
    pid_t child = fork();
    if (child == 0) {
        if (!media_confine())
            _exit(90);
        deed();
        _exit(0);
    }
    assert_true(waitpid(child, &status, 0) == child);
    return status;
}

static void a_confined_process_dies_of_what_it_may_not(void **state) {
    (void)state;
    static const struct {
        const char *what;
        void (*deed)(void);
    } deeds[] = {{"open", open_a_file}, {"socket", open_a_socket}, {"fork", start_a_process},
        {"execve", run_a_program}, {"kill", signal_its_parent}, {"mmap", make_memory_executable},
        {"read", read_elsewhere}, {"write", write_elsewhere}};
    for (size_t i = 0; i < sizeof deeds / sizeof *deeds; i++) {
        int status = end_of(deeds[i].deed);
        if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGSYS)
            fail_msg("%s: status %x", deeds[i].what, status);
    }
}

static void take_too_much_memory(void) {
    volatile char *p = malloc((size_t)LIMIT_PICTURE_MEMORY_BYTES + 1);
    _exit(p ? 1 : 42);
}

static _Noreturn void wait_to_be_killed(void) {
    for (;;)
        sched_yield();
}

static void a_confined_process_has_bounds(void **state) {
    (void)state;
    if (SANITIZED)
        skip();
    int status = end_of(take_too_much_memory);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 42);
    pid_t child = fork();
    if (child == 0)
        media_confine() ? wait_to_be_killed() : _exit(90);
    struct rlimit time = {0};
    /* Memory is the last of them. */
    do
        assert_int_equal(prlimit(child, RLIMIT_AS, NULL, &time), 0);
    while (time.rlim_max != LIMIT_PICTURE_MEMORY_BYTES);
    assert_int_equal(prlimit(child, RLIMIT_CPU, NULL, &time), 0);
    assert_int_equal(time.rlim_max, LIMIT_PICTURE_SECONDS);
    kill(child, SIGKILL);
    assert_int_equal(waitpid(child, &status, 0), child);
}

int main(int argc, char **argv) {
    if (argc == 2 && strcmp(argv[1], MEDIA_CHILD) == 0)
        media_child_main();
    CHECK(picture_open());
    gdSetErrorMethod(NULL);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_becomes_squares_of_webp),
        cmocka_unit_test(small_and_lopsided_ones_fill_the_square_too),
        cmocka_unit_test(what_can_be_seen_through_is_white),
        cmocka_unit_test(the_way_up_that_exif_says_is_heeded),
        cmocka_unit_test(nothing_but_what_is_seen_is_kept),
        cmocka_unit_test(bombs_are_refused_by_what_they_declare),
        cmocka_unit_test(a_picture_cut_short_is_refused),
        cmocka_unit_test(what_is_no_picture_is_refused),
        cmocka_unit_test(an_answer_is_whole_or_none),
        cmocka_unit_test(the_child_makes_pictures_and_says_no),
        cmocka_unit_test(a_bomb_that_lies_about_its_size_finds_its_limits),
        cmocka_unit_test(a_child_that_is_killed_costs_its_picture_only),
        cmocka_unit_test(a_child_that_is_late_is_killed),
        cmocka_unit_test(a_child_that_talks_too_much_is_killed),
        cmocka_unit_test(many_at_once_wait_or_are_turned_away_and_all_end),
        cmocka_unit_test(a_confined_process_dies_of_what_it_may_not),
        cmocka_unit_test(a_confined_process_has_bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
