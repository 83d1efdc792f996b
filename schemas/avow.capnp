@0xfef75875150e04d1;
# The native frames of Avow: the WebSocket subprotocol `avow.capnp.v1`.
#
# A binary WebSocket message is a *frame*: one or more Cap'n Proto messages, one after another, each
# with its own segment table. The root of every message from a client is a ClientMessage, of every
# message from the server a ServerMessage. Values travel as canonical Preserves bytes inside `Data`;
# this schema is only the envelope. docs/PROTOCOL.md tells what each message means and draws them.
#
# Rules for changing this file: add fields, union members and enumerants at the end; never change,
# reorder or remove one. A server sends what a client of the first release does not know only to
# clients that named the feature in `open`. A client skips messages that it does not know.

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("avow::wire::schema");

# ---- what both sides say -------------------------------------------------------------------------

enum EventKind {
  publish @0;
  retract @1;
  message @2;
  sync @3;
}

enum Cause {
  # Why an assertion went. Of a retract from the server; `none` elsewhere.
  none @0;
  retracted @1;
  closed @2;
  sessionLost @3;
  expired @4;
  taken @5;
  superseded @6;
  revoked @7;
  quota @8;
  schema @9;
  rule @10;
  serverRestart @11;
}

enum Level {
  # How safe an applied turn is.
  accepted @0;
  durable @1;
}

struct Event {
  # One event at one entity: 32 bytes, no pointers. Its body is bytes `offset` to `offset + length`
  # of the `bodies` beside the list.
  target @0 :UInt64;  # The receiver's oid; in a batch by topic, the number of the topic.
  handle @1 :UInt64;  # Of publish and retract, unique among the live ones of the target.
  offset @2 :UInt32;
  length @3 :UInt32;  # Zero for a retract, but to an observer that went on from a revision.
  kind @4 :EventKind;
  cause @5 :Cause;
  by @6 :UInt32;      # One more than the index in `actors` of who caused it; zero: not told.
}

struct SpaceRevision {
  revision @0 :UInt64;
  space @1 :UInt32;
}

struct Error {
  code @0 :Text;      # One of the table in docs/PROTOCOL.md.
  message @1 :Text;   # A sentence for a person.
  retryMs @2 :UInt32; # Zero: not told.
  detail @3 :Data;    # A value; empty: none.
}

struct Credit {
  # What the other side may send until more is granted. Adds to what was granted before.
  turns @0 :UInt32;     # From a client: zero, if no more are granted.
  bytes @1 :UInt64;     # Likewise; at most 2^63 - 1.
  observer @2 :UInt64;  # From a client: which of its subscriptions, one that was begun with the
                        # option `credit`; zero: the whole session, which no server limits yet.
}

struct TurnId {
  # Names a turn for ever, so that repeating it does nothing twice.
  client @0 :Data;    # 16 bytes that the client chose once; empty where the grant is the identity.
  number @1 :UInt64;
}

# ---- from a client -------------------------------------------------------------------------------

struct ClientMessage {
  union {
    open @0 :Open;
    turn @1 :ClientTurn;
    query @2 :Query;
    cancel @3 :UInt64;       # The id of a query whose answer is no longer wanted.
    acknowledge @4 :UInt64;  # The number of the last that the server has told and that is taken in.
    credit @5 :Credit;
    ping @6 :UInt64;         # Answered by a pong with the same number.
    pong @7 :UInt64;
    lastTurn @8 :LastTurn;
    outcome @9 :Outcome;
    close @10 :Error;        # The session is over, on purpose; `code` may be empty.
  }
}

struct Open {
  # Turns a sturdy reference into a live one. The first `open` of a connection may resume a session.
  id @0 :UInt64;
  reference @1 :Data;        # The `<ref …>` value; empty: the development reference to `main`.
  resumeToken @2 :Data;      # Empty: a new session.
  received @3 :UInt64;       # When resuming: the number of the last that was told and taken in.
  graceMs @4 :UInt32;        # How long the session is to outlive a lost connection.
  features @5 :List(Text);   # What this client understands beyond the first release.
  client @6 :Text;           # Who it is, for people: a name and a version.
  epoch @7 :UInt64;          # When resuming: the epoch of the session; zero: not said.
}

struct ClientTurn {
  number @0 :UInt64;         # Rises by one with each turn of the session, from 1.
  events @1 :List(Event);
  bodies @2 :Data;
  receipt @3 :Bool;          # Whether to answer; a refusal is always answered.
  level @4 :Level;           # What the answer waits for.
  turnId @5 :TurnId;
  require @6 :List(Data);    # Patterns of which something must match, or the turn is refused.
  absent @7 :List(Data);     # Patterns of which nothing may match.
  guardTarget @8 :UInt64;    # The dataspace's oid to which the guards apply.
  timeoutMs @9 :UInt32;      # How long to wait for the guards; zero: not at all.
  options @10 :Data;         # A dictionary; empty: none.
  traceparent @11 :Text;     # W3C trace context.
}

struct Query {
  # The facts that match, all at one revision.
  id @0 :UInt64;
  target @1 :UInt64;         # The dataspace's oid.
  patterns @2 :List(Data);   # Wire patterns.
  options @3 :Data;          # A dictionary such as `{same: [[0 2]]}`; empty: none.
  traceparent @4 :Text;
}

struct LastTurn {
  # Runs with the loss of the session, not with a clean close. Replaces the one before.
  turn @0 :ClientTurn;       # Without events: there is none any more.
  delayMs @1 :UInt32;
}

struct Outcome {
  # What became of a turn?
  id @0 :UInt64;
  turnId @1 :TurnId;
}

# ---- from the server -----------------------------------------------------------------------------

struct ServerMessage {
  union {
    hello @0 :Hello;           # The first message of a connection, before the client says anything.
    opened @1 :Opened;
    session @2 :SessionPart;
    batch @3 :Batch;
    rows @4 :Rows;
    ping @5 :UInt64;
    pong @6 :UInt64;
    close @7 :Error;           # The session is over; nothing follows.
    outcome @8 :OutcomeAnswer;
    acknowledge @9 :UInt64;    # How many messages of the client's session have been taken in. Only
                               # to sessions with a grace.
  }
}

struct Hello {
  server @0 :Text;
  version @1 :Text;
  epoch @2 :UInt64;
  features @3 :List(Text);
  limits @4 :List(Limit);
}

struct Limit {
  name @0 :Text;
  value @1 :UInt64;
}

struct Opened {
  id @0 :UInt64;
  reference @1 :UInt64;      # The server's oid of the live reference.
  space @2 :UInt32;          # The number that batches use for this space.
  name @3 :Text;
  epoch @4 :UInt64;
  revision @5 :UInt64;
  seq @6 :UInt64;
  error @7 :Error;           # Null: it was opened.
  resumeToken @8 :Data;
  resumed @9 :Bool;
  applied @10 :UInt64;       # When resumed: the number of the last client turn that was applied.
  graceMs @11 :UInt32;       # What was granted.
  received @12 :UInt64;      # When resumed: how many messages of the client have been taken in.
}

struct SessionPart {
  # What one turn of the server says to this session alone. The `batches` Batch messages that belong
  # to the turn come next, in later frames too. A batch that no session part announced is a turn of
  # its own. What a session is told is numbered from 1: each turn, those without a session part too,
  # and each answer to an `open` (but that of a resumption) or a query.
  turn @0 :UInt64;                         # Its number.
  batches @1 :UInt32;
  seq @2 :UInt64;                          # Of the turn in the server's one order; zero: none.
  applied @3 :UInt64;                      # The number of the last client turn that was handled.
  receipts @4 :List(Receipt);
  subscribed @5 :List(Subscription);       # In force for what follows this message.
  unsubscribed @6 :List(Subscription);     # Holds after the turn's batches have been taken in.
  synced @7 :List(Synced);                 # Holds after the turn's batches have been taken in.
  credit @8 :Credit;
  progress @9 :List(SpaceRevision);        # Everything up to here has been told.
  gaps @10 :List(Gap);
  resumeToken @11 :Data;
  traceparent @12 :Text;                   # Of the client turn that caused this one.
  faults @13 :List(SubscriptionFault);     # Only of subscriptions with the options for it.
}

struct Receipt {
  # What became of a client turn.
  turn @0 :UInt64;                         # The client's number of it.
  seq @1 :UInt64;                          # Zero: it changed nothing.
  revisions @2 :List(SpaceRevision);
  level @3 :Level;
  error @4 :Error;                         # Null: it was applied.
  results @5 :Data;                        # A value; empty: none.
  replayed @6 :Bool;                       # It had been applied before; this is the stored answer.
}

struct Subscription {
  # The entity `observer` of the client is told by topic number from now on (or no longer).
  observer @0 :UInt64;
  topic @1 :UInt64;
  space @2 :UInt32;
}

struct Synced {
  # The snapshot of an observer is complete, or what it had missed in a gap.
  observer @0 :UInt64;
  revision @1 :UInt64;
  space @2 :UInt32;
  missed @3 :UInt64;         # Messages of the gap, which are never told.
}

struct Gap {
  # An observer could not be told everything. It is told nothing more until it is `synced` again;
  # without a new snapshot it is told then what is different from what it was told.
  observer @0 :UInt64;
  space @1 :UInt32;
  after @2 :UInt64;                        # The last revision that was told.
  floor @3 :UInt64;                        # The oldest revision that can still be told.
  resync @4 :Bool;                         # A new snapshot follows.
  reason @5 :ResyncReason;
}

struct SubscriptionFault {
  # What went wrong with a subscription: it has ended by its policy, or it gets no credit.
  observer @0 :UInt64;
  space @1 :UInt32;                        # Zero: not told.
  ended @2 :Bool;                          # It is told nothing more, and its Observe has gone.
  after @3 :UInt64;                        # Of one that has ended: the last revision it was told.
  error @4 :Error;
}

enum ResyncReason {
  none @0;
  compacted @1;      # What is missing is too long ago.
  serverRestart @2;  # What was told belongs to a run of the server before this one.
  references @3;     # There are references among it, which mean nothing in another session.
  counted @4;        # Its matches are counted, and numbers have no history.
  interrupted @5;    # Its client did not take what it was told before it had been told all.
}

enum Addressing {
  topics @0;     # `target` is a topic number: told to each observer that subscribed to it.
  entities @1;   # `target` is the oid of one entity of the client.
}

struct Batch {
  # Events of one turn in one space. By topic it names no session: its bytes are built once and go
  # into the frames of all sessions that are told the same.
  seq @0 :UInt64;
  epoch @1 :UInt64;
  revision @2 :UInt64;
  after @3 :UInt64;          # A batch that catches up covers all revisions above this one; else 0.
  space @4 :UInt32;          # Zero: events that concern no space (an entity of another client).
  addressing @5 :Addressing;
  snapshot @6 :Bool;         # A chunk of what was there when an observer subscribed.
  events @7 :List(Event);
  bodies @8 :Data;
  actors @9 :List(Data);     # Whom `by` names.
}

struct Rows {
  # A chunk of the answer to a query. The last one has `last`, and says where the cut was.
  id @0 :UInt64;
  rows @1 :List(Row);
  bodies @2 :Data;
  last @3 :Bool;
  space @4 :UInt32;
  revision @5 :UInt64;
  seq @6 :UInt64;
  error @7 :Error;           # Null: answered. With `last` only.
}

struct Row {
  # The captures of one match: a sequence.
  pattern @0 :UInt32;        # Which of the query's patterns, from 0.
  offset @1 :UInt32;
  length @2 :UInt32;
  item @3 :UInt64;           # The id of an item; zero for a fact.
}

struct OutcomeAnswer {
  id @0 :UInt64;
  receipt @1 :Receipt;
  known @2 :Bool;            # False: it was not applied and never will be.
}
