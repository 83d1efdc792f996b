#pragma once

#include <functional>

#include "server/engine/engine.hpp"
#include "server/transport/transport.hpp"

// What plain HTTP is answered on the WebSocket port: health, metrics, and the page for people.

namespace avow::server {

class Pages {
 public:
  /// `engine` must outlive the pages.
  explicit Pages(const Engine& engine) : engine_(engine) {}

  /// From now on its counters are among the metrics. It must outlive the pages' last answer.
  void watch(const Transport& transport) { transport_ = &transport; }

  [[nodiscard]] HttpResponse answer(const HttpRequest& request) const;

 private:
  const Engine& engine_;
  const Transport* transport_ = nullptr;
};

}  // namespace avow::server
