#include "auth/password.h"

#include <errno.h>
#include <pthread.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/limits.h"
#include "base/utf8.h"

#define LIMIT_WAITING \
    128 /* at 34 ms and two threads, two seconds: longer nobody shall wait for a no */
#define THREADS_MAX 8

struct password_pool {
    pthread_mutex_t lock; /* the queue; taken alone, nothing is taken while it is held */
    pthread_cond_t work;
    struct letter *first, **last;
    unsigned waiting;
    bool stop;
    unsigned long long ops;
    size_t memory;
    char nobody[PASSWORD_HASH_MAX]; /* compared where there is no account: as slow as the others */
    int count;
    pthread_t threads[THREADS_MAX];
};

static bool make(struct password_pool *pool, struct str password, char hash[PASSWORD_HASH_MAX]) {
    return crypto_pwhash_str(hash, password.p, password.n, pool->ops, pool->memory) == 0;
}

static void run(struct password_pool *pool, struct password_job *job) {
    job->hash[0] = '\0';
    if (!job->verify) {
        job->right = make(pool, job->password, job->hash);
        return;
    }
    char known[PASSWORD_HASH_MAX];
    bool there = job->against.p && job->against.n < sizeof known;
    struct str against = there ? job->against : str_from(pool->nobody);
    memcpy(known, against.p, against.n);
    known[against.n] = '\0';
    job->right = crypto_pwhash_str_verify(known, job->password.p, job->password.n) == 0 && there;
    if (job->right && job->fresh.p)
        job->right = make(pool, job->fresh, job->hash);
}

static void *pool_main(void *arg) {
    struct password_pool *pool = arg;
    pthread_mutex_lock(&pool->lock);
    for (;;) {
        struct letter *l = pool->first;
        if (!l && pool->stop)
            break;
        if (!l) {
            pthread_cond_wait(&pool->work, &pool->lock);
            continue;
        }
        pool->first = l->next;
        if (!pool->first)
            pool->last = &pool->first;
        pool->waiting--;
        pthread_mutex_unlock(&pool->lock);
        struct password_job *job = (struct password_job *)l;
        run(pool, job);
        job->on_end(job);
        pthread_mutex_lock(&pool->lock);
    }
    pthread_mutex_unlock(&pool->lock);
    return NULL;
}

struct password_pool *password_pool_new(int threads, bool cheap) {
    CHECK(sodium_init() >= 0);
    struct password_pool *pool = xcalloc(1, sizeof *pool);
    pool->ops = cheap ? crypto_pwhash_OPSLIMIT_MIN : crypto_pwhash_OPSLIMIT_INTERACTIVE;
    pool->memory = cheap ? crypto_pwhash_MEMLIMIT_MIN : crypto_pwhash_MEMLIMIT_INTERACTIVE;
    /* A hash of nothing that anybody can type: comparing with it costs what the true ones cost, and
     * it need not be computed at each start. */
    unsigned char salt[24] = "nobody's password is it";
    char salt64[64], hash64[64];
    unsigned char digest[32];
    crypto_generichash(digest, sizeof digest, salt, sizeof salt, NULL, 0);
    sodium_bin2base64(salt64, sizeof salt64, salt, 16, sodium_base64_VARIANT_ORIGINAL_NO_PADDING);
    sodium_bin2base64(hash64, sizeof hash64, digest, 32, sodium_base64_VARIANT_ORIGINAL_NO_PADDING);
    CHECK(snprintf(pool->nobody, sizeof pool->nobody, "$argon2id$v=19$m=%zu,t=%llu,p=1$%s$%s",
              pool->memory / 1024, pool->ops, salt64, hash64)
        < (int)sizeof pool->nobody);
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->work, NULL);
    pool->last = &pool->first;
    pool->count = threads > THREADS_MAX ? THREADS_MAX : threads;
    for (int i = 0; i < pool->count; i++)
        CHECK(pthread_create(&pool->threads[i], NULL, pool_main, pool) == 0);
    return pool;
}

void password_pool_free(struct password_pool **poolp) {
    struct password_pool *pool = *poolp;
    *poolp = NULL;
    if (!pool)
        return;
    pthread_mutex_lock(&pool->lock);
    pool->stop = true;
    pthread_cond_broadcast(&pool->work);
    pthread_mutex_unlock(&pool->lock);
    for (int i = 0; i < pool->count; i++)
        pthread_join(pool->threads[i], NULL);
    pthread_mutex_destroy(&pool->lock);
    pthread_cond_destroy(&pool->work);
    free(pool);
}

int password_submit(struct password_pool *pool, struct password_job *job) {
    int r = 0;
    pthread_mutex_lock(&pool->lock);
    if (pool->stop || pool->waiting >= LIMIT_WAITING)
        r = -EBUSY;
    else {
        job->letter.next = NULL;
        *pool->last = &job->letter;
        pool->last = &job->letter.next;
        pool->waiting++;
        pthread_cond_signal(&pool->work);
    }
    pthread_mutex_unlock(&pool->lock);
    return r;
}

/* Tried first by everybody who tries passwords; longer than the least length, for shorter ones are
 * refused anyway. */
static const char *const common[] = {"password", "password1", "password12", "password123",
    "passw0rd", "p@ssw0rd", "p@ssword", "12345678", "123456789", "1234567890", "12341234",
    "11223344", "87654321", "987654321", "0987654321", "123123123", "1q2w3e4r", "1q2w3e4r5t",
    "1qaz2wsx", "qwertyuiop", "qwertyui", "qwerty123", "qwerty12345", "asdfghjkl", "asdfasdf",
    "zxcvbnm1", "iloveyou", "iloveyou1", "sunshine", "princess", "football", "baseball", "superman",
    "trustno1", "letmein1", "letmeinnow", "welcome1", "welcome123", "changeme", "changeme1",
    "administrator", "admin123", "admin1234", "computer", "internet", "whatever", "starwars",
    "dragon123", "monkey123", "michelle", "jennifer", "abcd1234", "abc12345", "a1b2c3d4",
    "aa123456", "test1234", "testtest", "secret123", "master123", "confab123", "hello123",
    "passwort", "motdepasse"};

const char *password_weakness(struct str password, struct str name) {
    if (password.n > LIMIT_PASSWORD_BYTES)
        return "it is longer than 1,024 bytes";
    size_t chars = utf8_count(password);
    if (chars < LIMIT_PASSWORD_LEAST_CHARS)
        return "it has fewer than 8 characters";
    if (chars > 256)
        return "it has more than 256 characters";
    if (name.n && str_eq_nocase(password, name))
        return "it is the name";
    bool same = true;
    for (size_t i = 1; i < password.n; i++)
        same = same && password.p[i] == password.p[0];
    if (same)
        return "it is one character, over and over";
    for (size_t i = 0; i < sizeof common / sizeof *common; i++)
        if (str_eq_nocase(password, str_from(common[i])))
            return "it is among those that are tried first";
    return NULL;
}
