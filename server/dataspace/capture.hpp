#pragma once

#include <boost/container_hash/hash.hpp>
#include <cstdint>

#include "avow/base/bytes.hpp"
#include "avow/model/value.hpp"
#include "server/base/few_map.hpp"
#include "server/base/hash.hpp"
#include "server/base/load_ahead.hpp"
#include "server/dataspace/byte_store.hpp"
#include "server/dataspace/pool.hpp"
#include "server/dataspace/table.hpp"
#include "server/dataspace/topic.hpp"

// What topics hold: each distinct sequence of captures once, with the number of facts behind it.
//
// Where there are very many topics, most hold one capture or none. So the first capture of a topic
// is hashed and entered in the table only when it is to be told from a second one.

namespace avow::server {

struct Capture {
  CaptureId id{};
  std::uint64_t hash = 0;  ///< Of topic and captures, if it is in the table.
  StoredBytes* stored =
      nullptr;             ///< A fact with these captures or, if `is_own`, their sequence itself.
  std::uint32_t next = 0;  ///< Of the topic, in the order in which they came to be held.
  std::uint32_t previous = 0;
  std::uint32_t topic = 0;
  std::uint32_t facts = 0;  ///< Behind it. None: it is gone once the turn is settled.
  std::uint32_t flip = 0;   ///< Its last coming or going within this turn, or 0.
  bool is_own = false;
  bool holds_references = false;
  bool is_in_table = false;  ///< Else it is the only one of its topic.
};

/// Writes sequences of captures.
class CaptureWriter {
 public:
  /// The sequence of captures of `value`, which matches. Borrowed until the next call.
  ByteView write(const CaptureForm& form, ValueView value) {
    return form.are_apart() ? write_apart(form, value) : write_any(form, value);
  }

 private:
  ByteView write_apart(const CaptureForm& form, ValueView value);
  ByteView write_any(const CaptureForm& form, ValueView value);

  SliceRows scratch_;
  Bytes room_;
};

class Captures {
 public:
  Captures(const KeyedHash& keyed, Topics& topics, ByteStore& bytes, Regions& memory)
      : keyed_(keyed), topics_(topics), bytes_(bytes), captures_(memory), table_(memory) {}

  /// Hash of what `topic` captures of `value`, whose own hash is `value_hash`.
  [[nodiscard]] std::uint64_t hash_of(std::uint32_t topic, ValueView value,
                                      std::uint64_t value_hash);
  /// Begins to load what `find` will need.
  void prefetch(std::uint64_t hash) const { table_.prefetch(hash); }
  /// Begins to load what telling and removing a capture will need.
  void prefetch_end(const Capture& capture) const;
  /// Begins to load what adding a capture to the topic will need.
  void prefetch_place(const Topic& topic) const {
    if (topic.last_capture != 0) load_ahead(&captures_[topic.last_capture]);
  }
  /// What `topic` captures of `value`, if it holds that already, or 0. `hash` is that of it.
  [[nodiscard]] std::uint32_t find(std::uint32_t topic, ValueView value, std::uint64_t hash);
  /// It does not yet. No fact is behind it at first. Of the first capture of a topic no `hash`
  /// needs to be known; of any other, `find` has just found nothing with it.
  std::uint32_t add(std::uint32_t topic, StoredBytes* fact, std::uint64_t hash, CaptureId id);
  void remove(std::uint32_t capture);
  /// `fact`, which is not all that is behind the capture, goes: its bytes are not to be kept alive.
  void detach(std::uint32_t capture, const StoredBytes* fact);
  /// `fact` comes to be the only one behind it.
  void attach(std::uint32_t capture, StoredBytes* fact);

  /// The sequence of captures. Borrowed until the next call.
  [[nodiscard]] ByteView sequence_of(const Capture& capture);
  /// The sequence of what `topic` captures of `value`. Borrowed until the next call.
  [[nodiscard]] ByteView sequence_of(const Topic& topic, ValueView value) {
    return sequence_.write(topics_.form_of(topic), value);
  }

  /// Whether any capture of the topic holds references.
  [[nodiscard]] bool hold_references(std::uint32_t topic) const {
    return with_references_.contains(topic);
  }

  [[nodiscard]] Capture& operator[](std::uint32_t capture) { return captures_[capture]; }
  [[nodiscard]] const Capture& operator[](std::uint32_t capture) const {
    return captures_[capture];
  }

 private:
  void count_with_references(std::uint32_t topic, bool is_more);
  void enter(std::uint32_t capture, std::uint64_t hash);
  void enter_only_one(const Topic& topic);

  const KeyedHash& keyed_;
  Topics& topics_;
  ByteStore& bytes_;
  Pool<Capture> captures_;
  Table table_;
  SliceRows scratch_;
  CaptureWriter sequence_;
  CaptureWriter other_sequence_;
  /// By topic: how many of its captures hold references, if any do.
  FewMap<std::uint32_t, std::uint32_t, boost::hash<std::uint32_t>> with_references_;
};

}  // namespace avow::server
