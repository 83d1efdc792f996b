#pragma once

#include <cstddef>
#include <cstdint>
#include <gtest/gtest.h>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "tests/unit/engine/test_client.hpp"

// What a client holds by what its observers have been told.

namespace avow::server::testing {

class Held {
 public:
  /// `client` outlives it. `entities` are its observers.
  Held(const TestClient& client, const std::vector<std::int64_t>& entities) : client_(client) {
    for (const std::int64_t entity : entities) by_entity_[entity];
  }

  /// Takes in what was told since the last call.
  void take() {
    for (; told_ < client_.told.size(); ++told_) {
      take_resyncs();
      take(client_.told[told_]);
    }
    take_resyncs();
  }
  [[nodiscard]] std::set<std::string> at(std::int64_t entity) const {
    std::set<std::string> bodies;
    for (const auto& [body, handle] : by_entity_.at(entity)) bodies.insert(body);
    return bodies;
  }

 private:
  void take_resyncs() {
    const std::vector<std::size_t>& before = client_.told_before_resyncs;
    for (; resyncs_ < before.size() && before[resyncs_] <= told_; ++resyncs_) {
      by_entity_[client_.resyncs[resyncs_].observer.small().value()].clear();
    }
  }
  void take(const Told& one) {
    std::map<std::string, std::uint64_t>& held = by_entity_[one.oid];
    if (one.kind == OutboundKind::message) return;
    if (one.kind == OutboundKind::publish) {
      EXPECT_TRUE(held.emplace(one.body, one.handle).second) << one.body << " came twice";
    } else if (!one.body.empty()) {
      EXPECT_EQ(held.erase(one.body), 1u) << one.body << " was not there";
    } else {
      const auto is_it = [&](const auto& each) { return each.second == one.handle; };
      EXPECT_EQ(std::erase_if(held, is_it), 1u) << "nothing had handle " << one.handle;
    }
  }

  const TestClient& client_;
  std::size_t told_ = 0;
  std::size_t resyncs_ = 0;
  std::map<std::int64_t, std::map<std::string, std::uint64_t>> by_entity_;
};

}  // namespace avow::server::testing
