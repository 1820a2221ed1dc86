/* Mailbox: how threads talk. Many threads post, the owner alone drains. A letter is embedded in
 * what it carries and is handed over whole: after mailbox_post the sender does not touch it.
 * Letters of one sender arrive in order.
 *
 * A loop's mailbox wakes its loop (uv_async); a plain one wakes a thread that waits in
 * mailbox_wait. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct letter {
    struct letter *next;
    /* Called on the owner's thread; owns the letter from there. */
    void (*on_arrive)(struct letter *);
};

struct mailbox;
struct uv_loop_s;

/* `loop` NULL: a plain one. For a loop, draining is the owner's business (mailbox_drain in its
 * turn). */
struct mailbox *mailbox_new(struct uv_loop_s *loop);
/* The owner's last act, after draining. A loop's closes asynchronously: run the loop once more
 * afterwards. */
void mailbox_free(struct mailbox **m);
void mailbox_post(struct mailbox *m, struct letter *letter);
/* Takes all that is there, in order, and calls each; returns how many. */
unsigned mailbox_drain(struct mailbox *m);
/* Takes all that is there as a chain in order (first returned), without calling; NULL when empty.
 */
struct letter *mailbox_take(struct mailbox *m);
/* Plain mailboxes: waits until something is there or `timeout_us` passed (negative: for ever). */
bool mailbox_wait(struct mailbox *m, int64_t timeout_us);
