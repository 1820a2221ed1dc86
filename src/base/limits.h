/* Everything that a peer controls has its bound here, with the reason. Those that an operator may
 * move stand in src/server/config.def instead and start from these. */
#pragma once

/* --- HTTP */
#define LIMIT_HEAD_BYTES \
    (16 * 1024)          /* request line and headers: browsers with many cookies stay below 8 KB */
#define LIMIT_HEADERS 64 /* browsers send about 20 */
#define LIMIT_TARGET_BYTES 4096       /* longest of ours is a search: 1 KB */
#define LIMIT_BODY_BYTES (256 * 1024) /* JSON; the largest is a hello with 10,000 cursors */
#define LIMIT_HEAD_SECONDS \
    15 /* a head arrives in one go, or on a bad phone network in a few seconds */
#define LIMIT_BODY_SECONDS 60
#define LIMIT_IDLE_SECONDS 75 /* keep-alive; above the 60 s of common proxies */
/* Those whose address has too many connections: told why, as many at a time on a loop; by TLS so
 * many in a second, for a handshake is up to a millisecond: a hundredth of the loop. More are
 * closed. */
#define LIMIT_TURNED_AWAY 64
#define LIMIT_TURNED_AWAY_TLS 10
#define LIMIT_TURNED_AWAY_SECONDS 5 /* to shake hands */
#define LIMIT_PIPELINE 16 /* requests read ahead on one connection before we stop reading */

/* --- live connections */
#define LIMIT_SOCKET_MESSAGE_BYTES \
    (256 * 1024) /* a hello with 10,000 cursors; everything else is below 64 KB */
#define LIMIT_QUEUE_BYTES \
    (1024 * 1024) /* per socket: seconds of a very busy room; beyond, resync is cheaper */
#define LIMIT_HELLO_SECONDS                                                                      \
    30 /* a socket that has said nothing is sent nothing: whether it is still there nobody knows \
        */
#define LIMIT_SOCKETS_PER_USER 64
#define LIMIT_WATCH 200              /* people on screen */
#define LIMIT_COMMANDS_PER_SECOND 50 /* per socket, in the mean; bursts of four times that */
#define LIMIT_PENDING_COMMANDS 64    /* per socket, unanswered: then we stop reading */
#define LIMIT_SYNC_EVENTS 500        /* per room at resume: beyond, paging is cheaper */
#define LIMIT_SYNC_USER_EVENTS 1000  /* of one's own sequence: beyond, everything anew */
#define LIMIT_CURSORS 10000
#define LIMIT_TYPING_ROOM_MEMBERS 1000 /* in larger rooms typing is noise: not passed on */
#define HEARTBEAT_MS 30000
#define TYPING_MS 6000
#define LIMIT_POLL_WAIT_SECONDS 25 /* below the 30 s of common proxies */
#define LIMIT_POLL_GONE_SECONDS 60 /* a poller that does not come back is offline */

/* --- text */
#define LIMIT_TEXT_CHARS 8000
#define LIMIT_NAME_CHARS 32
#define LIMIT_DISPLAY_NAME_CHARS 64
#define LIMIT_ROOM_NAME_CHARS 80
#define LIMIT_TOPIC_CHARS 500
#define LIMIT_PASSWORD_BYTES 1024 /* 256 characters; hashing cost does not grow with it */
#define LIMIT_PASSWORD_LEAST_CHARS 8
#define LIMIT_CLIENT_ID_CHARS 64
#define LIMIT_LABEL_CHARS 120
#define LIMIT_QUERY_CHARS 200
#define LIMIT_EMOJI_BYTES 64 /* the longest in use, two people kissing, has 35 */

/* --- domain */
#define LIMIT_PAGE 200
#define PAGE_DEFAULT 25
#define LIMIT_LIST 100
#define LIST_DEFAULT 25
#define LIMIT_ADD_AT_ONCE 100
#define LIMIT_ROOM_MEMBERS 100000 /* fan-out stays below a second on one core */
#define LIMIT_ROOMS_PER_USER 10000
#define LIMIT_SESSIONS_PER_USER 100 /* the least recently used one ends */
#define LIMIT_EDITS_KEPT 100        /* per message; older texts go */
#define LIMIT_REACTION_KINDS 50     /* different emoji on a message: more can't be told apart */
#define LIMIT_BLOCKED 1000          /* per person: told all at once on connecting */
#define LIMIT_PINS 100              /* per room: listed all at once */
#define LIMIT_MENTIONS 50           /* people called by one message: each is looked up */
#define LIMIT_MENTIONED 100         /* told per room: nobody counts further */
#define LIMIT_GONE 100              /* deleted messages beyond a read marker, told per room */
#define LIMIT_CALL_ALL_MEMBERS 20   /* in larger rooms only admins call everyone together */
#define LIMIT_ACCOUNTS 1000000      /* the most that administrators may set as theirs */
#define LIMIT_SERVER_NAME_CHARS 80
#define LIMIT_INVITES 50          /* that stand, per room and for the server: listed all at once */
#define LIMIT_INVITE_USES 1000000 /* as many as there can be accounts */
#define LIMIT_INVITE_SECONDS (365 * 24 * 3600) /* or never */
#define LIMIT_REASON_CHARS 500                 /* why a message was removed: as long as a topic */

/* --- passing rooms: in memory alone, so all of them together are bounded */
#define PASSING_GRACE_SECONDS 30        /* a reload, a tunnel, a lift */
#define LIMIT_PASSING_ROOMS 1000        /* in all */
#define LIMIT_PASSING_MADE 5            /* per person, of those that live */
#define LIMIT_PASSING_IN 10             /* that a person is in at the same time */
#define LIMIT_PASSING_PEOPLE 200        /* in a room: its state is told whole to whoever enters */
#define LIMIT_PASSING_LISTED 100        /* told in the list */
#define LIMIT_PASSING_TEXT_CHARS 2000   /* talk, not documents */
#define LIMIT_PASSING_SAID_BURST 10     /* messages that a person says at once in a room, and */
#define LIMIT_PASSING_SAID_PER_SECOND 2 /* refilled so fast */
#define LIMIT_PASSING_ASKED_BURST \
    20 /* times that a person enters a room that they are in, at once, */
#define LIMIT_PASSING_ASKED_PER_SECOND 1 /* and refilled so fast: each is told its whole state */
#define LIMIT_PASSING_SPOKEN 500 /* of which a room knows whose they were: what a screen holds */
#define LIMIT_PASSING_OUT 200 /* removed from a room and kept out; beyond, the first may return */
#define LIMIT_PASSING_ROOM_BYTES (256 * 1024) /* said in a room within the grace */
#define LIMIT_PASSING_BYTES (8 * 1024 * 1024) /* said in all rooms within the grace */

/* --- profiles and pictures */
#define LIMIT_ABOUT_CHARS 500
#define LIMIT_EMAIL_BYTES 254 /* RFC 5321 leaves no room for more */
#define LIMIT_STATUS_CHARS 80
#define LIMIT_PICTURE_BYTES \
    (4 * 1024 * 1024) /* a photograph as phones take it; what our client sends is below 200 KB */
#define LIMIT_PICTURE_SIDE 16000
#define LIMIT_PICTURE_PIXELS 25000000 /* 100 MB while it is decoded */
#define LIMIT_PICTURE_MEMORY_BYTES \
    (512 * 1024                    \
        * 1024) /* of the process that decodes: the pixels, a decoder's own copy, libraries */
#define LIMIT_PICTURE_SECONDS 5 /* of that process, of a processor; twice that by the clock */
#define LIMIT_PICTURE_OUT_BYTES (256 * 1024) /* each; 512 pixels square of noise take 200 KB */
/* What is kept and shown of each picture: squares, as WebP. For lists (on screens with two pixels
 * to one), for headers, for the page of a person. */
#define PICTURE_SIZES 3
#define PICTURE_SMALL 96
#define PICTURE_LARGE 512
#define PICTURE_SIDES \
    { PICTURE_SMALL, 256, PICTURE_LARGE }
#define LIMIT_PICTURES_WAITING 64   /* beyond, 503 at once: two are made at a time */
#define LIMIT_LARGE_BODIES 16       /* bodies above LIMIT_BODY_BYTES that a loop reads at a time */
#define LIMIT_LARGE_BODIES_OF_ONE 4 /* of one address: it keeps nobody else from sending one */

/* --- searching */
#define LIMIT_SEARCH_ITEMS 20       /* words, phrases and operators of a query */
#define LIMIT_SEARCH_TERMS 200      /* that these come to: a query is at most 200 characters */
#define LIMIT_SEARCH_BEGINS_CHARS 3 /* shorter beginnings would find half of everything */
#define LIMIT_SEARCH_AUTHORS 50     /* people whom one from: may mean */
#define LIMIT_SEARCH_NAME_WORDS 4
#define LIMIT_SEARCH_NAMES 10      /* people, and rooms, that are answered */
#define SEARCH_NAMES_LOOKED_AT 200 /* to find the nearest among */
#define LIMIT_SEARCH_MS 1000       /* then it is given up, for others wait for the reader */
#define LIMIT_SEARCHES_PER_MINUTE \
    300 /* per person: as you type, and well below what keeps a reader busy */

/* --- JSON that peers send */
#define LIMIT_JSON_DEPTH 16

/* --- the writer */
#define LIMIT_WRITER_QUEUE \
    65536                 /* commands waiting; beyond: 503 at once instead of minutes of waiting */
#define WRITER_BATCH 1024 /* commands per commit: a commit stays below 20 ms */
