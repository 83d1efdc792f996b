#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "avow/base/result.hpp"
#include "avow/capability/attenuation.hpp"
#include "avow/model/value.hpp"
#include "server/base/hash.hpp"
#include "server/engine/entity.hpp"

// Live references. A reference is an entity together with the caveats on the way to it; two that
// agree in both are one, so that an id stands for equality. Ids are drawn from one counter and
// never used again. A reference lives while somebody holds it; entities live while any reference to
// them does.

namespace avow::server {

struct Reference {
  ReferenceId id{};
  Entity* entity = nullptr;
  /// The reference to the same entity without caveats; itself if it has none.
  Reference* plain = nullptr;
  /// Nothing where there are no caveats.
  std::unique_ptr<const Attenuation> attenuation;
  /// The sequence of all caveats, oldest first.
  Value caveats;
  std::uint64_t holds = 0;
  /// A plain reference owns its entity.
  std::unique_ptr<Entity> owned;
};

class ReferenceTable {
 public:
  explicit ReferenceTable(const HashKey& key) : by_caveats_(0, CaveatsHash{KeyedHash(key)}) {}
  ReferenceTable(const ReferenceTable&) = delete;
  ReferenceTable& operator=(const ReferenceTable&) = delete;
  ~ReferenceTable();

  /// A first reference to a new entity, which nobody holds yet.
  Reference& add(std::unique_ptr<Entity> entity);
  /// `base` with `caveats` added as its newest. Errors: `invalid-caveat`, `limit`.
  [[nodiscard]] Result<Reference*> attenuate(Reference& base, const std::vector<Value>& caveats);
  /// The reference with this id, which is alive.
  [[nodiscard]] Reference& at(ReferenceId id) const;

  void retain(Reference& reference) { ++reference.holds; }
  void release(Reference& reference);
  /// Holds, or lets go, every reference that stands in `body` (in memory form).
  void retain_all(const Value& body);
  void release_all(const Value& body);
  void release_all(ValueView body);

  /// Forgets what nobody holds any more, entities included. Called between turns only, so that all
  /// references of a turn are alive until its end. Returns whether there was anything.
  bool sweep();
  [[nodiscard]] std::size_t size() const { return by_id_.size(); }
  /// Whether all ends: then nothing needs to be let go, and nothing else may be there any more.
  [[nodiscard]] bool is_closing() const { return closing_; }

 private:
  using CaveatsKey = std::pair<ReferenceId, Value>;
  struct IdHash {
    using is_avalanching = void;
    std::size_t operator()(ReferenceId id) const {
      return scatter(static_cast<std::uint64_t>(id));  // Our own numbers: nobody chooses them.
    }
  };
  struct CaveatsHash {
    using is_avalanching = void;
    KeyedHash keyed;
    std::size_t operator()(const CaveatsKey& of) const {
      return keyed(of.second.bytes()) ^ scatter(static_cast<std::uint64_t>(of.first));
    }
  };

  Reference& insert(std::unique_ptr<Reference> reference);
  void forget(Reference& reference);

  std::uint64_t last_id_ = 0;
  boost::unordered_flat_map<ReferenceId, std::unique_ptr<Reference>, IdHash> by_id_;
  boost::unordered_flat_map<CaveatsKey, Reference*, CaveatsHash> by_caveats_;
  std::vector<ReferenceId> unheld_;  // Perhaps held again since.
  bool closing_ = false;
};

}  // namespace avow::server
