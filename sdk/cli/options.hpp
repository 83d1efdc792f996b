#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "avow/base/clock.hpp"

// What a command line asks for, read and checked as far as that needs no server.

namespace avow::cli {

/// Which server, with which right, which space.
struct Target {
  std::string url = "ws://127.0.0.1:7370";
  std::string reference;  ///< A sturdy reference as text; "" for the development reference.
  std::string space;      ///< "" is `main`.
};

/// How facts are shown.
struct Showing {
  bool json = false;      ///< One object a line, the events of the protocol.
  bool captures = false;  ///< Only what was captured.
  bool time = false;      ///< Each line begins with the time of day (UTC).
  bool all = false;       ///< Interests and facts about the server too.
};

struct WatchOptions {
  Target target;
  std::string pattern;
  Showing showing;
  std::optional<std::size_t> count;  ///< Ends after that many changes.
  std::optional<Milliseconds> duration;
  bool until_synced = false;
  bool only_add = false;
};

struct PublishOptions {
  Target target;
  std::vector<std::string> values;
  bool bare = false;  ///< Facts need not be records.
  bool json = false;
  std::vector<std::string> command;   ///< Publishes while it runs; empty: until interrupted.
  std::optional<Milliseconds> lease;  ///< The facts live for so long when the link is lost.
};

struct SendOptions {
  Target target;
  std::vector<std::string> values;
  bool bare = false;
  bool json = false;
};

struct QueryOptions {
  Target target;
  std::string pattern;
  Showing showing;
  bool fail_if_empty = false;
};

struct WaitOptions {
  Target target;
  std::string pattern;
  Showing showing;
  bool gone = false;
  std::optional<Milliseconds> timeout;
};

struct RawOptions {
  Target target;
};

struct StatusOptions {
  Target target;
  bool json = false;
};

struct MintOptions {
  std::string space;
  std::string key_file;  ///< "" is the empty key, that of development servers.
};
struct AttenuateOptions {
  std::string reference;
  std::vector<std::string> caveats;
};
struct ShowOptions {
  std::string reference;
};

struct ServeOptions {
  std::vector<std::string> arguments;  ///< Of `avowd`, as they stand.
};
/// `backup`, `backup verify` and `restore`: `avowd` does it.
struct BackupOptions {
  enum class Verb : unsigned char { make, verify, restore };
  Verb verb = Verb::make;
  std::string file;  ///< The backup.
  std::string data;  ///< The data file; "" is the server's default, but never of a restore.
  bool dry_run = false;
};
struct DemoOptions {
  Milliseconds pace{700};  ///< Between two steps of the conversation.
};

/// What a commit demands and how it is named.
struct CommitWords {
  std::vector<std::string> require;  ///< Patterns.
  std::vector<std::string> absent;   ///< Patterns.
  std::optional<Milliseconds> timeout;
  std::string turn_id;  ///< "": a new one.
  bool accepted = false;
};

/// `put` and `drop`.
struct KeepOptions {
  enum class Verb : unsigned char { put, drop };
  Verb verb = Verb::put;
  Target target;
  std::vector<std::string> values;
  std::optional<std::string> slot;  ///< The key of the slot that is set, or cleared.
  bool items = false;               ///< Of `put`: items rather than facts.
  bool bare = false;
  bool json = false;
  CommitWords commit;
};

struct TakeOptions {
  Target target;
  std::string pattern;
  std::optional<Milliseconds> timeout;
  bool consume = false;  ///< At once, whatever comes after.
  bool captures = false;
  bool json = false;
  std::vector<std::string> command;
};

struct ExportOptions {
  Target target;
  std::string pattern = "_";
};
struct ImportOptions {
  Target target;
};

/// `bench`. Nothing and zero are what each workload takes by default (bench/workload.hpp).
struct BenchOptions {
  Target target;
  std::string workload;      ///< "": a short run of each.
  std::uint64_t size = 100;  ///< Bytes of text in each fact and message.
  std::uint64_t connections = 0;
  std::uint64_t facts = 0;   ///< Or subscriptions, where those are many.
  std::uint64_t batch = 0;   ///< Events in a turn.
  std::uint64_t pack = 0;    ///< Turns in a frame.
  std::uint64_t window = 0;  ///< Events on the way.
  std::uint64_t rate = 0;    ///< Events a second.
  std::uint64_t count = 0;   ///< Ends after so many.
  std::optional<Milliseconds> duration;
  Milliseconds patience{10'000};  ///< With a silent server.
  bool may_load_others = false;   ///< A server that is not on this machine.
  bool json = false;
};

struct CompletionOptions {};

using Invocation =
    std::variant<WatchOptions, PublishOptions, SendOptions, QueryOptions, WaitOptions, RawOptions,
                 StatusOptions, MintOptions, AttenuateOptions, ShowOptions, ServeOptions,
                 DemoOptions, KeepOptions, TakeOptions, ExportOptions, ImportOptions, BackupOptions,
                 BenchOptions, CompletionOptions>;

}  // namespace avow::cli
