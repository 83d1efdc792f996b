#include <optional>
#include <string>
#include <utility>

#include "avow/model/text.hpp"
#include "avow/wire/json.hpp"
#include "cli/exit_status.hpp"
#include "cli/facts.hpp"
#include "cli/session.hpp"
#include "cli/verbs.hpp"

// `avow export`: facts as operations that put them, one a line.

namespace avow::cli {
namespace {

// Directly under "put" a JSON string is text syntax, so a fact that is a string is written so.
std::string put_line(const Value& fact) {
  std::string line = "{\"put\":";
  if (fact.view().kind() == Kind::string) {
    wire::append_json_string(line, to_text(fact));
  } else {
    wire::append_json(line, fact, wire::JsonAuthor::client);
  }
  return line + "}";
}

void print_all(Session& session, const Rows& found) {
  std::size_t left_out = 0;
  for (const Row& row : found.rows) {
    if (is_housekeeping(row.fact)) continue;
    if (row.fact.holds_references()) {
      ++left_out;
    } else {
      session.print(put_line(row.fact));
    }
  }
  if (left_out > 0) {
    complain("left out, since what is kept can hold no references: " + std::to_string(left_out));
  }
  session.finish(status_done);
}

}  // namespace

int run(ExportOptions options) {
  std::optional<NamedPattern> pattern = accept_pattern(options.pattern);
  if (!pattern) return status_usage;
  return with_session(options.target, WhenLost::give_up, [&](Session& session) {
    session.client().query(Query(*std::move(pattern)), [&](const Result<Rows>& found) {
      if (!found.has_value()) return session.fail(found.error());
      print_all(session, *found);
    });
  });
}

}  // namespace avow::cli
