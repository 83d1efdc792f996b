@0xea75dcf7909737a5;
# What the server writes into its store, where it has structure: one message for each durable turn,
# the `record` of a row of the table `log` (schemas/sql). docs/STORE.md tells who reads it.
#
# Rules for changing this file: add fields, union members and enumerants at the end; never change,
# reorder or remove one. A record of the first release is read for ever.

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("avow::server::schema");

struct SpaceAt {
  name @0 :Data;
  revision @1 :UInt64;  # That the turn took there.
}

enum Act {
  none @0;
  put @1;
  erase @2;
}

struct Change {
  act @0 :Act;
  kind @1 :UInt16;   # Of StoredKind: 1 fact, 2 slot, 3 item, 4 lease, 5 fact of a lease.
  space @2 :UInt32;  # An index into the spaces of the turn.
  key @3 :Data;
  value @4 :Data;    # Of a put.
}

enum OutcomeKind {
  none @0;
  committed @1;
  impossible @2;
}

struct Outcome {
  kind @0 :OutcomeKind;
  client @1 :Data;   # 16 bytes.
  number @2 :UInt64;
  wallMs @3 :UInt64; # Milliseconds since 1970, by the wall clock of the server.
  answer @4 :Data;   # Canonical Preserves.
}

struct StoredTurn {
  seq @0 :UInt64;
  spaces @1 :List(SpaceAt);
  changes @2 :List(Change);
  outcomes @3 :List(Outcome);
}
