// Made by tools/gen_protocol.py from src/event/protocol.toml and src/api/routes.toml; change those.

/** What a room is. */
export type RoomKind = "direct" | "group" | "open";

/** What a member may do in a room; `domain/access.c` has the rules. */
export type RoomRole = "owner" | "admin" | "member";

/** What an account may do on the server. */
export type ServerRole = "owner" | "admin" | "member";

/** What stands behind a name. */
export type UserKind = "person" | "imported";

/** What a line of a timeline is. */
export type MessageKind = "text" | "action" | "notice";

/** What happened to a room. Notices of imported authors tell of the past elsewhere: they change neither members nor name nor topic here. */
export type NoticeKind = "created" | "joined" | "added" | "left" | "removed" | "renamed" | "described" | "role" | "nick" | "text" | "archived" | "restored" | "picture";

/** What a person wants to be told of in a room. Private to them; it changes nothing of what they get. */
export type NotifyLevel = "all" | "mentions" | "nothing";

/** Where a person is. Several devices count once; the most present one wins. */
export type Presence = "online" | "away" | "offline";

/** What a search looks for. */
export type SearchKind = "all" | "people" | "rooms" | "messages";

/** Who may make an account by themselves. The first account of a server may always be made. */
export type SignUpMode = "open" | "invite" | "closed";

/** Whether an invite link still lets anyone in. */
export type InviteState = "standing" | "expired" | "used_up" | "revoked";

/** Orders of the administrators' list of people. */
export type UserSort = "name" | "created" | "seen";

/** Where an administrative act came from. */
export type AuditSource = "api" | "shell";

/** What was done. */
export type AuditAct = "settings_changed" | "user_added" | "user_changed" | "user_role" | "user_disabled" | "user_enabled" | "password_set" | "reset_link_made" | "reset_link_used" | "session_ended" | "sessions_ended" | "token_made" | "room_changed" | "room_archived" | "room_restored" | "room_deleted" | "room_owner" | "message_removed" | "report_settled" | "invite_made" | "invite_revoked" | "history_imported" | "data_copied" | "data_restored" | "data_exported";

/** A person, as others see them. */
export interface User {
  readonly id: string;
  /** Unique handle, as in @name: lower case letters, digits, `.`, `_`, `-`; imported handles may hold more. */
  readonly name: string;
  /** What is shown; 1 to 64 characters. */
  readonly display_name: string;
  readonly kind: UserKind;
  readonly role: ServerRole;
  /** Present and true when the account can't sign in. */
  readonly disabled?: boolean;
  /** Names their picture, which stands at `/users/{id}/avatar/{avatar}-{side}`; absent: none. */
  readonly avatar?: string;
  /** What they are up to, where they say so: an emoji, a text, or both. */
  readonly status_emoji?: string;
  /** At most 80 characters. */
  readonly status_text?: string;
  /** When that is over; absent: not until they change it. */
  readonly status_until?: number;
  /** Grows with each change of what stands here; absent: 0. Of two the greater one holds. */
  readonly rev?: number;
}

/** What a person tells of themselves. */
export interface Profile {
  readonly user: User;
  /** Plain text, at most 500 characters. */
  readonly about: string;
  /** Where the reader may see it. */
  readonly email?: string;
  /** Present and true when everybody may; told to oneself and to the server's owner and admins. */
  readonly email_visible?: boolean;
  /** When the account was made. */
  readonly created_at: number;
}

/** What happened, for messages of kind `notice`. */
export interface Notice {
  readonly kind: NoticeKind;
  /** Whom it happened to, for added, removed, role, nick. */
  readonly subject?: User;
  /** For created and renamed. */
  readonly name?: string;
  /** For described. */
  readonly topic?: string;
  /** For role and added. */
  readonly role?: RoomRole;
  /** For picture; absent: it was taken away. */
  readonly picture?: string;
}

/** One line of a room's timeline. */
export interface Message {
  readonly id: string;
  readonly room: string;
  /** Its place in the room's sequence: the only order and the only cursor. */
  readonly seq: number;
  /** How many countable messages (text, action) the room holds up to and with this one; notices repeat the number before. unread = room.count - read.ordinal. */
  readonly ordinal: number;
  readonly kind: MessageKind;
  readonly author: string;
  /** When the server committed it; for display only. */
  readonly at: number;
  /** As written; empty for notices but `text`, and for deleted messages. */
  readonly text: string;
  /** The sender's own id for it, unique for ever per sender; the outbox matches by it. */
  readonly client_id?: string;
  /** `seq` of the message in the same room that this one answers. */
  readonly reply_to?: number;
  readonly edited_at?: number;
  /** A tombstone: the text is gone, the place stays. */
  readonly deleted_at?: number;
  readonly notice?: Notice;
  /** Whom the text calls: what looks like a mention and is not here calls nobody. */
  readonly mentions?: readonly Mention[];
  /** In pages and where one message is asked for; in the order in which each emoji came first. */
  readonly reactions?: readonly Reaction[];
  /** Present and true where it is pinned; in pages and where one message is asked for. */
  readonly pinned?: boolean;
  /** Present and true where the reader has starred it; as before, and in what is told anew after a connection. */
  readonly starred?: boolean;
  /** Present and true where the reader has deleted it for themselves: the text is kept from them, and nothing else is told of it but its place. */
  readonly hidden?: boolean;
  /** Why an administrator of the server has removed it: for its author alone. */
  readonly removed?: string;
}

/** Somebody called by name in a message. */
export interface Mention {
  /** As it stands behind the @, in lower case: a handle, or `here`, or `everyone`. */
  readonly name: string;
  /** Absent for `here` and `everyone`, which call all members. */
  readonly user?: string;
}

/** A message that calls the reader. */
export interface Mentioned {
  /** The line alone, without reactions. */
  readonly message: Message;
  /** Its author. */
  readonly user: User;
}

/** What one member of a room said to another. Only these two can tell that it exists. */
export interface Whisper {
  readonly id: string;
  readonly room: string;
  /** Where it stands: after this `seq` of the room, and before the next. Of several at one place the one with the smaller `id` comes first. */
  readonly place: number;
  /** How many `to` was whispered in the room, with this one. */
  readonly ordinal: number;
  /** `text` or `action`. */
  readonly kind: MessageKind;
  readonly author: string;
  readonly to: string;
  readonly at: number;
  /** As written; empty when deleted. */
  readonly text: string;
  /** The sender's own id for it, unique for ever per sender among whispers. */
  readonly client_id: string;
  readonly edited_at?: number;
  /** The text is gone for both, the place stays. */
  readonly deleted_at?: number;
}

/** Whispers in a room, as one of its members has them. */
export interface Whispers {
  /** How many were said to one. */
  readonly count: number;
  /** How many of them one has read. */
  readonly read: number;
  /** The newest that one said or heard. */
  readonly last: Whisper;
  /** The other one of `last`. */
  readonly with: User;
}

/** One emoji put on a message. */
export interface Reaction {
  /** In its fully qualified form. */
  readonly emoji: string;
  /** How many people have put it there. */
  readonly count: number;
  /** Present and true where the reader is one of them. */
  readonly mine?: boolean;
}

/** Who put an emoji on a message, and when. */
export interface Reacted {
  readonly user: User;
  readonly at: number;
}

/** A message that is pinned in its room. */
export interface Pinned {
  /** The line alone, without reactions. */
  readonly message: Message;
  /** Its author. */
  readonly user: User;
  /** Who pinned it. */
  readonly by: User;
  /** When it was pinned. */
  readonly at: number;
}

/** A message that the reader has starred. */
export interface Starred {
  /** The line alone, without reactions. */
  readonly message: Message;
  /** Its author. */
  readonly user: User;
  /** When it was starred. */
  readonly at: number;
}

/** A room, as anyone who may see it sees it. */
export interface Room {
  readonly id: string;
  readonly kind: RoomKind;
  /** Empty for direct rooms: show the peer. */
  readonly name: string;
  readonly topic: string;
  readonly created_at: number;
  readonly member_count: number;
  /** Last `seq` given out in the room. */
  readonly head: number;
  /** Number of countable messages: the `ordinal` of the last one. */
  readonly count: number;
  /** How many messages are pinned. */
  readonly pins: number;
  /** Present and true where it can only be read. */
  readonly archived?: boolean;
  /** Names its picture, which stands at `/rooms/{id}/picture/{picture}-{side}`; absent: none. */
  readonly picture?: string;
}

/** How far someone has read. One's own message moves one's own marker to it, without a `read` frame of its own. No marker moves back, but by `unread`. */
export interface ReadMarker {
  /** Everything up to here is read. */
  readonly seq: number;
  /** Countable messages up to there. */
  readonly ordinal: number;
  /** Where it was moved back by `unread`: the room's head at that time. One's own messages up to there don't move it. */
  readonly since?: number;
}

/** Somebody whom one has blocked. */
export interface Blocked {
  readonly user: User;
  readonly at: number;
}

/** What one has begun to write in a room, on whatever device. */
export interface Draft {
  /** Empty: nothing. */
  readonly text: string;
  /** `seq` of the message that it answers. */
  readonly reply_to?: number;
  /** When it was written. */
  readonly at: number;
}

/** A message that calls the reader. */
export interface Call {
  readonly seq: number;
  readonly author: string;
}

/** A room as its member has it in the list of conversations. */
export interface RoomEntry {
  readonly room: Room;
  readonly role: RoomRole;
  readonly joined_at: number;
  /** One's own read marker. */
  readonly read: ReadMarker;
  /** What one wants to be told of here; absent: `all`. */
  readonly notify?: NotifyLevel;
  /** What one has begun to write here. */
  readonly draft?: Draft;
  /** The messages after the read marker that call the reader and that others wrote, oldest first; of more than 100 the newest. Those that the reader has deleted for themselves are left out; those of people whom they have blocked are for the client to leave out. Empty: absent. */
  readonly mentioned?: readonly Call[];
  /** `seq` of the messages after the read marker that were deleted for everybody, oldest first; of more than 100 the newest. They are no longer unread. Empty: absent. */
  readonly gone?: readonly number[];
  /** Whispers to and from oneself, if there are any: `count - read` of them are unread besides the room's messages. */
  readonly whispers?: Whispers;
  /** The other one, in direct rooms; oneself in the room with oneself. */
  readonly peer?: User;
  /** The newest line of the timeline that is a text or an action and that the reader has not deleted for themselves, or else the newest notice. The line alone, without reactions and marks. */
  readonly last?: Message;
  /** Author of `last`. */
  readonly last_user?: User;
}

/** A person in a room. */
export interface Member {
  readonly user: User;
  readonly role: RoomRole;
  readonly joined_at: number;
}

/** A piece of a text that was found. */
export interface FoundPart {
  readonly text: string;
  /** Present and true where this is what was looked for. */
  readonly hit?: boolean;
}

/** A message that a search has found. */
export interface Found {
  readonly id: string;
  readonly room: string;
  /** Its place in the room. */
  readonly seq: number;
  readonly at: number;
  /** Its author. */
  readonly user: User;
  /** Present and true where it is a whisper; `seq` is its place then. */
  readonly whisper?: boolean;
  /** The text, in pieces; of a long one what stands around the first hit, with … where it goes on. */
  readonly parts: readonly FoundPart[];
}

/** A room that a search has found. */
export interface FoundRoom {
  readonly room: Room;
  /** Present and true where one is in it. */
  readonly member?: boolean;
}

/** What a search has found. */
export interface Search {
  /** Nearest name first, 10 at most; with the first page alone. */
  readonly people: readonly User[];
  /** The same of groups that one is in and of open rooms. */
  readonly rooms: readonly FoundRoom[];
  /** Newest first. */
  readonly messages: readonly Found[];
  /** There are more messages: the `cursor` of the next page. */
  readonly next?: string;
}

/** How far a member has read. */
export interface Seen {
  readonly user: string;
  readonly seq: number;
}

/** Where someone is. */
export interface PresenceOf {
  readonly user: string;
  readonly state: Presence;
  /** When they were last connected; absent while they are, and when never. */
  readonly last_seen_at?: number;
  /** After `watch`: the `rev` that the person has now. Whoever has less reads them anew. */
  readonly rev?: number;
}

/** One sign-in of one's own. */
export interface Session {
  readonly id: string;
  /** `cookie` or `bearer`. */
  readonly kind: string;
  /** The program that signed in, as it called itself. */
  readonly label: string;
  /** Address it was last used from. */
  readonly address: string;
  readonly created_at: number;
  /** Last use, to within some minutes. */
  readonly used_at: number;
  /** Present and true for the session that asks. */
  readonly current?: boolean;
}

/** A text that a message had before. */
export interface Edit {
  readonly text: string;
  /** When it was written. */
  readonly at: number;
}

/** A stretch of a timeline, oldest first, as it stands at `head`. */
export interface Page {
  readonly room: string;
  /** The room's head when the page was read: events with a greater `seq` are not in it yet. */
  readonly head: number;
  /** The reader's own head when the page was read: stars and deletions for oneself with a greater `useq` are not in it yet. */
  readonly useq: number;
  readonly messages: readonly Message[];
  /** Authors of what is here. */
  readonly users: readonly User[];
  /** Messages that are answered in the page and stand outside it: the lines alone, without reactions and marks. Those that the reader has deleted for themselves are left out. */
  readonly quoted: readonly Message[];
  /** Whispers to and from the reader that stand in the stretch, in their order; they count towards `limit`. As of `useq`. */
  readonly whispers?: readonly Whisper[];
  /** There is more above. */
  readonly has_before: boolean;
  /** There is more below. */
  readonly has_after: boolean;
}

/** Who is signed in by this session. */
export interface SignedIn {
  readonly user: User;
  readonly session: Session;
  /** The bearer token, shown this once. */
  readonly token?: string;
}

/** What the server is, for anyone who asks. */
export interface Server {
  readonly name: string;
  readonly version: string;
  /** No account yet: the next one becomes the owner. */
  readonly fresh: boolean;
  /** Who may make an account. */
  readonly sign_up: SignUpMode;
  /** Longest message, in characters. */
  readonly text_chars: number;
  /** Names its picture; absent: none. See `/server/picture/{picture}`. */
  readonly picture?: string;
}

/** What the server's owner and admins set. */
export interface Settings {
  /** What the server calls itself; 1 to 80 characters. */
  readonly name: string;
  readonly sign_up: SignUpMode;
  /** Links of plain members let new people make an account too; otherwise only those of the server's owner and admins do. */
  readonly members_invite: boolean;
  /** Plain members may make open rooms. */
  readonly members_open_rooms: boolean;
  /** Longest message; 100 to 8,000 characters. */
  readonly text_chars: number;
  /** Most members of a room; 2 to 100,000. */
  readonly room_members: number;
  /** Most accounts of people; 0: no limit. */
  readonly accounts: number;
  /** Names the server's picture, which `/admin/picture` sets. */
  readonly picture?: string;
}

/** One thing that an act changed. */
export interface AuditChange {
  /** Name of a field, or `reason`. */
  readonly what: string;
  readonly from?: string;
  readonly to?: string;
}

/** An administrative act. Lines are only ever added; each one's hash covers the one before. */
export interface AuditLine {
  /** 1, 2, 3 and so on, without a gap. */
  readonly id: number;
  readonly at: number;
  readonly source: AuditSource;
  readonly act: AuditAct;
  /** Absent: the shell. */
  readonly actor?: string;
  /** Handle at that time, or the name of the shell's user. */
  readonly actor_name: string;
  /** Where from; empty for the shell. */
  readonly address: string;
  /** Whom it was done to. */
  readonly user?: string;
  /** Their handle at that time. */
  readonly user_name?: string;
  /** The room it was done to. */
  readonly room?: string;
  readonly room_name?: string;
  readonly changes: readonly AuditChange[];
  /** Hexadecimal. */
  readonly hash: string;
}

/** What became of going through the whole audit log. */
export interface AuditCheck {
  /** How many there are. */
  readonly lines: number;
  /** The first line that does not follow from the one before; absent when all do. */
  readonly broken_at?: number;
  /** Of the last line that does. Keep it elsewhere: a log that was cut off or rewritten from there on does not have it any more. */
  readonly hash: string;
}

/** A passing room: it lives in the server's memory as long as someone is in it, and nothing of it is ever written down. */
export interface PassingRoom {
  /** Drawn at random. Its address: whoever knows it may enter. */
  readonly id: string;
  readonly name: string;
  /** It stands in the list for everybody; otherwise only whoever is given its address finds it. */
  readonly listed: boolean;
  readonly made_at: number;
  /** How many are in it. */
  readonly people: number;
  /** Who made it: removes people and takes back what was said. Told to whoever is in it. */
  readonly maker?: string;
}

/** Someone in a passing room. */
export interface PassingPerson {
  readonly user: User;
  /** Present and true while none of their connections is there: they have 30 seconds to come back. */
  readonly lost?: boolean;
}

/** Something said in a passing room. */
export interface PassingMessage {
  /** Its number in the room's sequence. */
  readonly seq: number;
  readonly author: string;
  readonly at: number;
  /** `text` or `action`. */
  readonly kind: MessageKind;
  readonly text: string;
  /** The sender's own id for it. */
  readonly client_id: string;
}

/** An account, as administrators see it. */
export interface ManagedUser {
  readonly user: User;
  readonly created_at: number;
  /** When the person was last connected; absent when never. */
  readonly last_seen_at?: number;
  /** How many sign-ins stand. */
  readonly sessions: number;
  /** How many rooms the person is in, private conversations included. */
  readonly rooms: number;
}

/** A link with which a person sets a new password, once. It stands in the answer alone; the server keeps a hash. */
export interface ResetLink {
  readonly user: User;
  /** The link is `/reset#` and this. */
  readonly token: string;
  readonly expires_at: number;
}

/** A room, as administrators see it: what it is, and not what is said in it. */
export interface ManagedRoom {
  readonly room: Room;
  /** Absent where nobody is in it. */
  readonly owner?: User;
}

/** How the server was at the end of a minute. */
export interface Minute {
  readonly at: number;
  /** Messages written in that minute. */
  readonly messages: number;
  /** People connected. */
  readonly online: number;
  readonly memory_bytes: number;
  readonly disk_bytes: number;
}

/** How the server is, now and in the last hour since it was started. */
export interface Figures {
  readonly version: string;
  readonly started_at: number;
  /** Accounts of people. */
  readonly people: number;
  /** Groups and open rooms. */
  readonly rooms: number;
  /** Reports that nobody has settled. */
  readonly reports: number;
  /** People connected. */
  readonly online: number;
  /** Live connections, over all their devices. */
  readonly connections: number;
  /** Resident memory. */
  readonly memory_bytes: number;
  /** Size of the database. */
  readonly disk_bytes: number;
  /** Left on its disk. */
  readonly disk_free_bytes: number;
  /** Oldest first, at most 60. */
  readonly minutes: readonly Minute[];
}

/** A message, or a whisper to them, that somebody has shown to the administrators: it alone, as it stood when it was reported. */
export interface Report {
  readonly id: string;
  readonly at: number;
  /** Who reported it. */
  readonly by: User;
  readonly reason: string;
  /** Absent where it was said in a private conversation of others, or where the room is deleted. */
  readonly room?: Room;
  /** Present and true where the room is deleted since, and the message with it. */
  readonly room_deleted?: boolean;
  readonly message: string;
  /** Present and true where it was whispered: the author and `by` alone have it. */
  readonly whisper?: boolean;
  /** Of the message, where one is in the room: there one reads it, and what stands around it. */
  readonly seq?: number;
  readonly author: User;
  readonly said_at: number;
  /** As it was reported. */
  readonly text: string;
  /** Present and true where the message reads otherwise by now. */
  readonly edited?: boolean;
  /** Present and true where the message is deleted by now. */
  readonly deleted?: boolean;
  /** Present and true where one may remove it. */
  readonly removable?: boolean;
}

/** An invite link, to a room or to the server alone. */
export interface Invite {
  readonly id: string;
  /** Absent: to the server. */
  readonly room?: string;
  readonly maker: User;
  readonly state: InviteState;
  readonly created_at: number;
  /** Absent: never. */
  readonly expires_at?: number;
  /** How many people have come by it. */
  readonly uses: number;
  /** Absent: as many as like to. */
  readonly uses_most?: number;
  /** Whoever has it learns the room's name and size, and who invites, before coming in. */
  readonly shows: boolean;
  /** In the answer to making it alone: the link is `/join#` and this. The server keeps a hash. */
  readonly token?: string;
}

/** What an invite link tells whoever has it. */
export interface Invitation {
  /** The server's name. */
  readonly server: string;
  /** It leads into a room. */
  readonly to_room: boolean;
  /** One may make an account by it. */
  readonly sign_up: boolean;
  /** These three as far as the maker allowed. */
  readonly room_name?: string;
  readonly member_count?: number;
  /** Who invites. */
  readonly by?: string;
  /** The room, for who asks as one who is in it already: by a link that lets nobody else in any more, too. */
  readonly room?: string;
}

/** Where an invite link has led. */
export interface Accepted {
  /** Absent: it was to the server alone. */
  readonly room?: string;
}

/** RFC 9457 problem details. */
export interface Problem {
  /** `about:blank#` and the code. */
  readonly type: string;
  /** Short text for people. */
  readonly title: string;
  /** HTTP status. */
  readonly status: number;
  /** Stable; programs decide by it. */
  readonly code: string;
  /** What was wrong with this very request. */
  readonly detail?: string;
  /** The field that was wrong. */
  readonly field?: string;
  /** Seconds. */
  readonly retry_after?: number;
}

/** First frame of a connection. With `resumed`, what was missed follows; without, `rooms` is everything and the client forgets what it had. */
export interface ReadyFrame {
  readonly type: "ready";
  /** Changes when the server's past changed (a restored backup): cursors of another epoch are worth nothing. */
  readonly epoch: string;
  /** Names this connection in commands sent over HTTP. */
  readonly connection: string;
  readonly me: User;
  /** Head of the person's own sequence. */
  readonly useq: number;
  readonly resumed: boolean;
  /** A `beat` comes at least this often; silence of twice that is a dead connection. */
  readonly heartbeat_ms: number;
  readonly rooms?: readonly RoomEntry[];
  /** With `rooms`: whom one has blocked; absent for nobody. */
  readonly blocked?: readonly string[];
  /** How many reports wait to be settled: for the server's owner and admins alone. */
  readonly reports?: number;
}

/** Everything missed has been sent; live from here. */
export interface SyncedFrame {
  readonly type: "synced";
}

/** Sign of life, with heads. A head beyond what the client has means silent loss: it reconnects with its cursors. */
export interface BeatFrame {
  readonly type: "beat";
  readonly useq: number;
  /** Heads of the rooms that moved since the last beat. */
  readonly heads: Readonly<Record<string, number>>;
}

/** Too much was missed in this room: drop its timeline, take `entry`, page from its head. */
export interface ResetFrame {
  readonly type: "reset";
  readonly entry: RoomEntry;
}

/** The connection was too slow and is closed: come back with cursors. */
export interface ResyncFrame {
  readonly type: "resync";
  readonly reason: string;
}

/** The command with this id is done and durable. */
export interface ReplyFrame {
  readonly type: "reply";
  readonly id: string;
  /** What the same request over HTTP would answer. */
  readonly result?: unknown;
}

/** The command with this id failed; nothing was changed. */
export interface ErrorFrame {
  readonly type: "error";
  /** Absent when the frame could not be understood at all. */
  readonly id?: string;
  readonly problem: Problem;
}

/** A new line in the timeline. A notice also tells the change itself: members, name, topic, roles follow from it. */
export interface MessageFrame {
  readonly type: "message";
  readonly room: string;
  readonly seq: number;
  readonly message: Message;
  /** Its author. */
  readonly user: User;
}

/** A message has a new text. */
export interface EditFrame {
  readonly type: "edit";
  readonly room: string;
  readonly seq: number;
  /** `seq` of the message. */
  readonly target: number;
  readonly actor: string;
  /** The text now; empty when the message has been deleted since. */
  readonly text: string;
  readonly at: number;
  /** Whom the text now calls. */
  readonly mentions?: readonly Mention[];
}

/** A message was deleted for everybody; its tombstone stays. */
export interface DeleteFrame {
  readonly type: "delete";
  readonly room: string;
  readonly seq: number;
  /** `seq` of the message. */
  readonly target: number;
  readonly actor: string;
  readonly at: number;
  /** How many messages are pinned in the room now: a pin goes with its message. */
  readonly pins: number;
}

/** Someone put an emoji on a message, or took it off. */
export interface ReactionFrame {
  readonly type: "reaction";
  readonly room: string;
  readonly seq: number;
  /** `seq` of the message. */
  readonly target: number;
  readonly actor: string;
  /** In its fully qualified form. */
  readonly emoji: string;
  readonly on: boolean;
  readonly at: number;
}

/** A message was pinned in the room, or is no longer. */
export interface PinFrame {
  readonly type: "pin";
  readonly room: string;
  readonly seq: number;
  /** `seq` of the message. */
  readonly target: number;
  readonly actor: string;
  readonly on: boolean;
  readonly at: number;
  /** How many messages are pinned in the room now. */
  readonly pins: number;
}

/** One is in this room now. */
export interface RoomAddedFrame {
  readonly type: "room_added";
  readonly useq: number;
  readonly entry: RoomEntry;
}

/** One is not in this room any more (left, removed, or it was deleted). */
export interface RoomRemovedFrame {
  readonly type: "room_removed";
  readonly useq: number;
  readonly room: string;
}

/** One's own read marker moved, on this device or on another. */
export interface ReadFrame {
  readonly type: "read";
  readonly useq: number;
  readonly room: string;
  readonly read: ReadMarker;
}

/** One's own account changed. */
export interface MeFrame {
  readonly type: "me";
  readonly useq: number;
  readonly user: User;
}

/** One starred a message, or took the star off. */
export interface StarFrame {
  readonly type: "star";
  readonly useq: number;
  readonly room: string;
  /** Of the message. */
  readonly seq: number;
  readonly on: boolean;
}

/** One deleted a message for oneself. Its reactions, its star, its pin and what is said of it later are not shown either. */
export interface HiddenFrame {
  readonly type: "hidden";
  readonly useq: number;
  readonly room: string;
  /** Of the message. */
  readonly seq: number;
  /** Where the entry's `last` was this message: what it is now; absent for none. */
  readonly last?: Message;
  /** Author of `last`. */
  readonly last_user?: User;
}

/** One marked messages as unread: this is one's read marker now, even where it moves back. */
export interface UnreadFrame {
  readonly type: "unread";
  readonly useq: number;
  readonly room: string;
  readonly read: ReadMarker;
  /** As in RoomEntry, by this marker. */
  readonly mentioned?: readonly Call[];
  /** As in RoomEntry, by this marker. */
  readonly gone?: readonly number[];
}

/** What one has begun to write changed, on this device or on another. */
export interface DraftFrame {
  readonly type: "draft";
  readonly useq: number;
  readonly room: string;
  readonly draft: Draft;
}

/** One blocked somebody, or let them in again. They are not told. */
export interface BlockedFrame {
  readonly type: "blocked";
  readonly useq: number;
  readonly user: User;
  readonly on: boolean;
}

/** One chose what one wants to be told of in a room. */
export interface NotifyFrame {
  readonly type: "notify";
  readonly useq: number;
  readonly room: string;
  readonly level: NotifyLevel;
}

/** An administrator of the server has removed a message that one wrote. That it is gone, the room's `delete` says to everybody; why, this says to its author. */
export interface RemovedFrame {
  readonly type: "removed";
  readonly useq: number;
  readonly room: string;
  /** Of the message. */
  readonly seq: number;
  /** Empty where the room is gone, too. */
  readonly reason: string;
}

/** Somebody whispered to one, or one did oneself, on whatever device; or a known whisper was edited or deleted: it is told as it stands. */
export interface WhisperFrame {
  readonly type: "whisper";
  readonly useq: number;
  readonly room: string;
  readonly whisper: Whisper;
  /** The other one. */
  readonly with: User;
}

/** One has read so many of the whispers to oneself in a room. */
export interface WhispersReadFrame {
  readonly type: "whispers_read";
  readonly useq: number;
  readonly room: string;
  readonly read: number;
}

/** So many reports wait to be settled now: somebody reported a message, or some were settled. For the server's owner and admins alone. */
export interface ReportsFrame {
  readonly type: "reports";
  readonly count: number;
}

/** A member has read up to here. Only ever moves forward: the greatest one counts. */
export interface SeenFrame {
  readonly type: "seen";
  readonly room: string;
  readonly user: string;
  readonly seq: number;
}

/** A member is writing; ends by itself after `for_ms`, or with their message. */
export interface TypingFrame {
  readonly type: "typing";
  readonly room: string;
  readonly user: User;
  /** 0: stopped. */
  readonly for_ms: number;
}

/** A watched person has another name, picture or status. What is missed while away shows in the `rev` that `watch` answers. */
export interface UserFrame {
  readonly type: "user";
  readonly user: User;
}

/** Where the watched people are: all of them after `watch`, later those that changed. */
export interface PresenceFrame {
  readonly type: "presence";
  readonly of: readonly PresenceOf[];
}

/** This connection is in a passing room: how it stands at `seq`. What follows has the next numbers. Comes after every `enter`. */
export interface PassingStateFrame {
  readonly type: "passing_state";
  readonly room: string;
  readonly seq: number;
  readonly is: PassingRoom;
  /** In the order in which they came. */
  readonly people: readonly PassingPerson[];
  /** The person never left, and `messages` is all that was said after the `after` that they told. Otherwise nothing from before is told. */
  readonly resumed: boolean;
  readonly messages: readonly PassingMessage[];
  /** What was taken back since, by its `seq`. */
  readonly unsaid: readonly number[];
}

/** Someone came into a passing room. */
export interface PassingEnteredFrame {
  readonly type: "passing_entered";
  readonly room: string;
  readonly seq: number;
  readonly user: User;
}

/** Someone went, did not come back in time, or was removed; whoever was removed can't come back. */
export interface PassingLeftFrame {
  readonly type: "passing_left";
  readonly room: string;
  readonly seq: number;
  readonly user: string;
  /** Who removed them. */
  readonly by?: string;
}

/** Someone's last connection was lost, or they are back. */
export interface PassingLinkFrame {
  readonly type: "passing_link";
  readonly room: string;
  readonly seq: number;
  readonly user: string;
  readonly lost: boolean;
}

/** Someone said something in a passing room. */
export interface PassingSaidFrame {
  readonly type: "passing_said";
  readonly room: string;
  readonly seq: number;
  readonly message: PassingMessage;
}

/** Something said in a passing room was taken back. */
export interface PassingUnsaidFrame {
  readonly type: "passing_unsaid";
  readonly room: string;
  readonly seq: number;
  /** The `seq` of what was said. */
  readonly said: number;
}

export type ServerFrame =
  | ReadyFrame
  | SyncedFrame
  | BeatFrame
  | ResetFrame
  | ResyncFrame
  | ReplyFrame
  | ErrorFrame
  | MessageFrame
  | EditFrame
  | DeleteFrame
  | ReactionFrame
  | PinFrame
  | RoomAddedFrame
  | RoomRemovedFrame
  | ReadFrame
  | MeFrame
  | StarFrame
  | HiddenFrame
  | UnreadFrame
  | DraftFrame
  | BlockedFrame
  | NotifyFrame
  | RemovedFrame
  | WhisperFrame
  | WhispersReadFrame
  | ReportsFrame
  | SeenFrame
  | TypingFrame
  | UserFrame
  | PresenceFrame
  | PassingStateFrame
  | PassingEnteredFrame
  | PassingLeftFrame
  | PassingLinkFrame
  | PassingSaidFrame
  | PassingUnsaidFrame;

/** First command of a socket (SSE and long poll carry the same in their query). Without cursors, or with those of another epoch, everything comes. */
export interface HelloCommand {
  readonly type: "hello";
  /** Chosen by the client; comes back in `reply` or `error`. */
  readonly id?: string;
  readonly epoch?: string;
  /** Last one applied. */
  readonly useq?: number;
  /** Last `seq` applied, per room. */
  readonly rooms?: Readonly<Record<string, number>>;
}

/** Write a message. A retry with the same `client_id` returns the first result; the same `client_id` with other words is refused (`client_id_reused`). */
export interface SendCommand {
  readonly type: "send";
  /** Chosen by the client; comes back in `reply` or `error`. */
  readonly id?: string;
  readonly room: string;
  /** 1 to 64 characters of [A-Za-z0-9_-]; unique for ever per sender. */
  readonly client_id: string;
  /** 1 to 8,000 characters of Markdown. */
  readonly text: string;
  /** `text` (default) or `action`. */
  readonly kind?: MessageKind;
  readonly reply_to?: number;
}

/** Give one's own message a new text. */
export interface EditCommand {
  readonly type: "edit";
  /** Chosen by the client; comes back in `reply` or `error`. */
  readonly id?: string;
  readonly room: string;
  readonly message: string;
  readonly text: string;
}

/** Delete a message for everybody: one's own, or anyone's as admin of the room. */
export interface DeleteCommand {
  readonly type: "delete";
  /** Chosen by the client; comes back in `reply` or `error`. */
  readonly id?: string;
  readonly room: string;
  readonly message: string;
}

/** Put an emoji on a message, or take it off. Twice is once. */
export interface ReactCommand {
  readonly type: "react";
  /** Chosen by the client; comes back in `reply` or `error`. */
  readonly id?: string;
  readonly room: string;
  readonly message: string;
  /** One emoji. At most 50 different ones stand on a message. */
  readonly emoji: string;
  /** Default true. */
  readonly on?: boolean;
}

/** Pin a message in its room, or take the pin off: the room's admins; both people in direct rooms. Twice is once. At most 100 in a room. */
export interface PinCommand {
  readonly type: "pin";
  /** Chosen by the client; comes back in `reply` or `error`. */
  readonly id?: string;
  readonly room: string;
  readonly message: string;
  /** Default true. */
  readonly on?: boolean;
}

/** Star a message for oneself, or take the star off. Twice is once. */
export interface StarCommand {
  readonly type: "star";
  /** Chosen by the client; comes back in `reply` or `error`. */
  readonly id?: string;
  readonly room: string;
  readonly message: string;
  /** Default true. */
  readonly on?: boolean;
}

/** Delete a message for oneself: nobody else notices. Twice is once, and there is no way back. */
export interface HideCommand {
  readonly type: "hide";
  /** Chosen by the client; comes back in `reply` or `error`. */
  readonly id?: string;
  readonly room: string;
  readonly message: string;
}

/** Everything up to `seq` is read. Never moves back. */
export interface ReadCommand {
  readonly type: "read";
  /** Chosen by the client; comes back in `reply` or `error`. */
  readonly id?: string;
  readonly room: string;
  readonly seq: number;
}

/** Everything from the message at `seq` on is unread again, for oneself; what others see of one's reading stays. */
export interface UnreadCommand {
  readonly type: "unread";
  /** Chosen by the client; comes back in `reply` or `error`. */
  readonly id?: string;
  readonly room: string;
  readonly seq: number;
}

/** Say something to one member of a room that nobody else can tell of. Not in direct rooms. A retry with the same `client_id` returns the first result. Nobody reacts to a whisper, pins, stars or answers it: whisper back. */
export interface WhisperCommand {
  readonly type: "whisper";
  /** Chosen by the client; comes back in `reply` or `error`. */
  readonly id?: string;
  readonly room: string;
  readonly to: string;
  /** 1 to 64 characters of [A-Za-z0-9_-]; unique for ever per sender among whispers. */
  readonly client_id: string;
  /** 1 to 8,000 characters of Markdown. */
  readonly text: string;
  /** `text` (default) or `action`. */
  readonly kind?: MessageKind;
}

/** Give one's own whisper a new text; the old one is not kept. */
export interface WhisperEditCommand {
  readonly type: "whisper_edit";
  /** Chosen by the client; comes back in `reply` or `error`. */
  readonly id?: string;
  readonly room: string;
  readonly whisper: string;
  readonly text: string;
}

/** Delete one's own whisper for both. */
export interface WhisperDeleteCommand {
  readonly type: "whisper_delete";
  /** Chosen by the client; comes back in `reply` or `error`. */
  readonly id?: string;
  readonly room: string;
  readonly whisper: string;
}

/** The first `read` whispers to oneself in the room are read. Never moves back. */
export interface WhispersReadCommand {
  readonly type: "whispers_read";
  /** Chosen by the client; comes back in `reply` or `error`. */
  readonly id?: string;
  readonly room: string;
  /** `ordinal` of the last. */
  readonly read: number;
}

/** Keep what one has begun to write in a room. What was written later stays, whichever comes first. */
export interface DraftCommand {
  readonly type: "draft";
  /** Chosen by the client; comes back in `reply` or `error`. */
  readonly id?: string;
  readonly room: string;
  /** Empty: nothing any more. */
  readonly text: string;
  readonly reply_to?: number;
  /** How long ago it was written; default 0. */
  readonly age_ms?: number;
}

/** Block a person, or let them in again: no private messages between the two, no new private conversation, no presence. Twice is once. At most 1,000. */
export interface BlockCommand {
  readonly type: "block";
  /** Chosen by the client; comes back in `reply` or `error`. */
  readonly id?: string;
  readonly user: string;
  /** Default true. */
  readonly on?: boolean;
}

/** Choose what one wants to be told of in a room. Twice is once. */
export interface NotifyCommand {
  readonly type: "notify";
  /** Chosen by the client; comes back in `reply` or `error`. */
  readonly id?: string;
  readonly room: string;
  readonly level: NotifyLevel;
}

/** One is writing in the room, a passing one included (repeat every 4 seconds while it lasts), or stopped. */
export interface TypingCommand {
  readonly type: "typing";
  /** Chosen by the client; comes back in `reply` or `error`. */
  readonly id?: string;
  readonly room: string;
  /** Default true. */
  readonly active?: boolean;
}

/** Come into a passing room with this connection, or ask for its state anew. `passing_state` follows on the connection. */
export interface EnterCommand {
  readonly type: "enter";
  /** Chosen by the client; comes back in `reply` or `error`. */
  readonly id?: string;
  readonly room: string;
  /** Last `seq` applied, for whoever comes back: what was said since is told again, if they have not left. */
  readonly after?: number;
}

/** Say something in a passing room that one is in. A retry with the same `client_id` within 30 seconds returns the first result. */
export interface SayCommand {
  readonly type: "say";
  /** Chosen by the client; comes back in `reply` or `error`. */
  readonly id?: string;
  readonly room: string;
  /** 1 to 64 characters of [A-Za-z0-9_-]. */
  readonly client_id: string;
  /** 1 to 2,000 characters of Markdown. */
  readonly text: string;
  /** `text` (default) or `action`. */
  readonly kind?: MessageKind;
}

/** Take back what was said in a passing room: one's own words, and as its maker or an administrator anybody's. Nothing of it is kept; of older ones than the last 500 it is not known any more whose they are. */
export interface UnsayCommand {
  readonly type: "unsay";
  /** Chosen by the client; comes back in `reply` or `error`. */
  readonly id?: string;
  readonly room: string;
  /** Of the message. */
  readonly seq: number;
}

/** Remove somebody from a passing room, for as long as it lives: for its maker, and for administrators who are in it. */
export interface TurnOutCommand {
  readonly type: "turn_out";
  /** Chosen by the client; comes back in `reply` or `error`. */
  readonly id?: string;
  readonly room: string;
  readonly user: string;
}

/** Leave a passing room with this connection. With one's last connection one is gone from it at once. */
export interface ExitCommand {
  readonly type: "exit";
  /** Chosen by the client; comes back in `reply` or `error`. */
  readonly id?: string;
  readonly room: string;
}

/** Whose presence this connection wants to know; replaces the set before. At most 200. */
export interface WatchCommand {
  readonly type: "watch";
  /** Chosen by the client; comes back in `reply` or `error`. */
  readonly id?: string;
  readonly users: readonly string[];
}

/** The person is at this device (true) or has been away from it for five minutes (false). */
export interface ActiveCommand {
  readonly type: "active";
  /** Chosen by the client; comes back in `reply` or `error`. */
  readonly id?: string;
  readonly active: boolean;
}

/** Answered by `reply` at once. */
export interface PingCommand {
  readonly type: "ping";
  /** Chosen by the client; comes back in `reply` or `error`. */
  readonly id?: string;
}

export type ClientCommand =
  | HelloCommand
  | SendCommand
  | EditCommand
  | DeleteCommand
  | ReactCommand
  | PinCommand
  | StarCommand
  | HideCommand
  | ReadCommand
  | UnreadCommand
  | WhisperCommand
  | WhisperEditCommand
  | WhisperDeleteCommand
  | WhispersReadCommand
  | DraftCommand
  | BlockCommand
  | NotifyCommand
  | TypingCommand
  | EnterCommand
  | SayCommand
  | UnsayCommand
  | TurnOutCommand
  | ExitCommand
  | WatchCommand
  | ActiveCommand
  | PingCommand;

/** Every stable code of a failure; docs/errors.md. */
export type FailCode =
  | "bad_request"
  | "json_invalid"
  | "field_missing"
  | "field_invalid"
  | "cursor_invalid"
  | "command_unknown"
  | "connection_unknown"
  | "signed_out"
  | "sign_in_failed"
  | "cross_site"
  | "forbidden"
  | "write_refused"
  | "add_refused"
  | "password_wrong"
  | "sign_up_closed"
  | "invite_needed"
  | "not_found"
  | "method_not_allowed"
  | "name_taken"
  | "room_name_taken"
  | "client_id_reused"
  | "message_deleted"
  | "room_full"
  | "whisper_alone"
  | "whisper_only"
  | "reactions_full"
  | "pins_full"
  | "passing_full"
  | "blocks_full"
  | "server_full"
  | "room_archived"
  | "invites_full"
  | "invite_expired"
  | "invite_used_up"
  | "invite_revoked"
  | "link_used"
  | "picture_too_large"
  | "too_large"
  | "media_type"
  | "picture_type"
  | "name_invalid"
  | "display_name_invalid"
  | "password_weak"
  | "room_name_invalid"
  | "topic_invalid"
  | "text_empty"
  | "text_too_long"
  | "text_invalid"
  | "client_id_invalid"
  | "reply_invalid"
  | "emoji_invalid"
  | "about_invalid"
  | "email_invalid"
  | "status_invalid"
  | "picture_unreadable"
  | "query_empty"
  | "query_too_long"
  | "query_person"
  | "query_room"
  | "query_date"
  | "query_has"
  | "search_too_wide"
  | "rate_limited"
  | "internal"
  | "unavailable"
  | "disk_full";
