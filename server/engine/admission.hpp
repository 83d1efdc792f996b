#pragma once

#include <memory>
#include <optional>
#include <utility>

#include "avow/model/pattern.hpp"
#include "avow/model/value.hpp"
#include "server/dataspace/dataspace.hpp"
#include "server/engine/reference_table.hpp"

// Whatever comes to an entity comes by a reference, and passes the caveats of that reference. The
// type `Admitted` is the proof: entities take nothing else, and only `admit` makes one.

namespace avow::server {

/// An assertion or a message on its way to an entity, past all caveats.
class Admitted {
 public:
  [[nodiscard]] Entity& target() const { return *target_; }
  /// References in memory form.
  [[nodiscard]] const Value& body() const { return body_; }
  [[nodiscard]] Value take_body() && { return std::move(body_); }

  /// What a dataspace has found the assertion to ask for, when it checked it; nothing for most.
  std::unique_ptr<ParsedInterest> interest;
  /// What a dataspace has prepared for the assertion then.
  ValueHash hash{};

 private:
  friend std::optional<Admitted> admit(ReferenceTable&, Reference&, Value);
  Admitted(Entity& target, Value body) : target_(&target), body_(std::move(body)) {}

  Entity* target_;
  Value body_;
};

/// What `body` becomes on its way through `by`, or nothing if a caveat stops it.
[[nodiscard]] std::optional<Admitted> admit(ReferenceTable& references, Reference& by, Value body);

}  // namespace avow::server
