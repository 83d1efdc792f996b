#include <optional>
#include <utility>
#include <vector>

#include "avow/model/text.hpp"
#include "cli/committing.hpp"
#include "cli/exit_status.hpp"
#include "cli/facts.hpp"
#include "cli/rendering.hpp"
#include "cli/verbs.hpp"

// `avow put` and `avow drop`: one turn of the keeper.

namespace avow::cli {
namespace {

// The operations of the words; nothing if they are wrong.
bool add_operations(const KeepOptions& options, const std::vector<Value>& values, Commit& commit) {
  const bool puts = options.verb == KeepOptions::Verb::put;
  if (options.slot) {
    const Result<Value> key = parse_text(*options.slot);
    if (!key.has_value()) {
      complain("--slot: " + key.error().detail);
      return false;
    }
    puts ? commit.slot(*key, values.front()) : commit.clear_slot(*key);
    return true;
  }
  for (const Value& value : values) {
    if (options.items) {
      commit.item(value);
    } else if (puts) {
      commit.put(value);
    } else {
      commit.drop(value);
    }
  }
  return true;
}

// What was dropped and not there is worth a word, but no failure: it is not there now.
void tell_missing(const std::vector<Value>& values, const Committed& committed) {
  for (std::size_t at = 0; at < committed.results.size() && at < values.size(); ++at) {
    if (committed.results[at] == Value::boolean(false)) {
      complain("nobody had put " + to_text(values[at]));
    }
  }
}

}  // namespace

int run(KeepOptions options) {
  const bool drops = options.verb == KeepOptions::Verb::drop;
  const auto values = accept_facts(options.values, options.bare ? Bare::taken : Bare::refused,
                                   drops ? "drop" : "put");
  if (!values) return status_usage;
  std::optional<Commit> commit = commit_of(options.commit);
  const std::optional<TurnId> id = turn_id_of(options.commit);
  if (!commit || !id || !add_operations(options, *values, *commit)) return status_usage;
  if (values->empty() && !options.slot) {
    complain("there is nothing to " + std::string(drops ? "drop" : "put") + ": no line on stdin");
    return status_usage;
  }
  std::optional<Committing> committing;
  return with_session(options.target, WhenLost::reconnect, [&](Session& session) {
    committing.emplace(session,
                       "the same command with --turn-id asks again, and is never done twice");
    committing->run(*std::move(commit), *id, [&](const Committed& committed) {
      if (drops) tell_missing(*values, committed);
      session.print(session.output().painted('=', committed_line(committed, options.json)));
      session.finish(status_done);
    });
  });
}

}  // namespace avow::cli
