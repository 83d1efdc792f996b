#include "server/inspect/pages.hpp"

namespace avow::server {

HttpResponse Pages::answer(const HttpRequest& request) const {
  // Whoever is answered at all is alive; what there is in memory is ready as soon as we listen.
  if (request.path == "/livez") return {.body = "ok: the event loop answers\n"};
  if (request.path == "/readyz") return {.body = "ok: state is in memory\nok: engine serves\n"};
  return {.status = 404,
          .body = "There is no such page; there are /, /livez, /readyz and /metrics.\n"};
}

}  // namespace avow::server
