#include <optional>
#include <utility>

#include "cli/exit_status.hpp"
#include "cli/facts.hpp"
#include "cli/rendering.hpp"
#include "cli/session.hpp"
#include "cli/verbs.hpp"

namespace avow::cli {
namespace {

void show_rows(Session& session, const QueryOptions& options, const Rendering& rendering,
               bool hides_housekeeping, const Rows& found) {
  std::size_t shown = 0;
  for (const Row& row : found.rows) {
    if (hides_housekeeping && is_housekeeping(row.fact)) continue;
    session.print(rendering.row(row.fact, row.captures, found.revision));
    ++shown;
  }
  session.finish(shown == 0 && options.fail_if_empty ? status_refused : status_done);
}

}  // namespace

int run(QueryOptions options) {
  std::optional<NamedPattern> pattern = accept_pattern(options.pattern);
  if (!pattern) return status_usage;
  const bool hides_housekeeping = matches_everything(*pattern) && !options.showing.all;
  const Rendering rendering(options.showing, pattern->names);
  const Want want =
      options.showing.captures && !hides_housekeeping ? Want::captures : Want::whole_facts;
  return with_session(options.target, WhenLost::give_up, [&](Session& session) {
    session.client().query(Query(*std::move(pattern), want), [&](Result<Rows> found) {
      if (!found.has_value()) return session.fail(found.error());
      show_rows(session, options, rendering, hides_housekeeping, *found);
    });
  });
}

}  // namespace avow::cli
