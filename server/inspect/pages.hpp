#pragma once

#include "server/engine/engine.hpp"
#include "server/inspect/recovery_progress.hpp"
#include "server/transport/transport.hpp"

// What plain HTTP is answered on the WebSocket port: the page for people, health and metrics for
// machines. Everything is asked for and answered on the transport's thread.

namespace avow::server {

class Pages {
 public:
  /// `engine` must outlive the pages.
  explicit Pages(const Engine& engine) : engine_(engine) {}
  Pages(const Pages&) = delete;
  Pages& operator=(const Pages&) = delete;

  /// From now on they tell of this transport, which must live until their last answer.
  void watch(const Transport& transport) { transport_ = &transport; }

  /// Until `recovered`, the engine is not asked: it belongs to whoever recovers it. `progress` must
  /// live as long.
  void recovering(const RecoveryProgress& progress) { progress_ = &progress; }
  void recovered() { progress_ = nullptr; }

  ///   /livez     200 while the event loop answers; if not, restart the program
  ///   /readyz    200 and one line a check, each named by its good state; 503 if one fails
  ///   /metrics   the text format of Prometheus; 503 while the server recovers
  ///   /          the page, with /avow.js and /style.css
  [[nodiscard]] HttpResponse answer(const HttpRequest& request) const;

 private:
  [[nodiscard]] HttpResponse readiness() const;

  const Engine& engine_;
  const Transport* transport_ = nullptr;
  const RecoveryProgress* progress_ = nullptr;  ///< Of the recovery that is under way.
};

}  // namespace avow::server
