#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "server/engine/outbound_turn.hpp"
#include "server/session/outbox.hpp"
#include "server/session/syndicate_encoder.hpp"

// Turns that a Syndicate client is told together. Its protocol has no word for a snapshot that
// comes in parts, and one of very many facts made at once would keep everybody waiting. So from the
// turn in which such a snapshot began to the one in which it ends, all that the client is to be
// told is one turn of how things are by then. After that it is told what was said meanwhile, turn
// by turn:
//
//   appearances, disappearances | messages | … | syncs | answers to syncs | …
//
// On a byte stream appearances are told as they come: the packet has begun, and is open until the
// snapshot ends. What has gone of them since ends in the same turn. What has not been told yet nets
// out: what appeared and went meanwhile is not told.
//
// A message that names a reference must find it known, so then disappearances of what may have
// named some come after the messages.

namespace avow::server {

class HeldTurn {
 public:
  explicit HeldTurn(PacketForm form) : form_(form) {}

  /// Answers whether the turn is a part of a snapshot, as the first one is.
  [[nodiscard]] bool add(const OutboundTurn& turn);
  /// A packet behind all of it.
  void add_packet(Bytes packet);
  /// How many bytes are held that are no part of a snapshot, about.
  [[nodiscard]] std::size_t bytes_beside_parts() const { return beside_parts_.all; }
  /// Of all.
  [[nodiscard]] std::size_t bytes() const { return bytes_.all; }
  /// Whether a packet has begun that is not whole.
  [[nodiscard]] bool is_open() const { return is_open_; }
  /// The appearances that are held, as more of the packet that the first of them begin. Nothing if
  /// there are none.
  [[nodiscard]] std::vector<Block> take_appearances();
  /// All that is held in packets; the first goes on with the one that is open. The last call.
  [[nodiscard]] std::vector<std::vector<Block>> finish();

 private:
  /// One appearance.
  struct Told {
    std::uint64_t handle = 0;
    std::uint32_t end = 0;  ///< Of its bytes.
    bool is_over = false;   ///< It has gone.
    bool is_told = true;
  };
  /// Appearances, one behind the other. A table of all would take as long to let go as a turn may.
  struct Chunk {
    Bytes bytes;
    std::vector<Told> told;
    std::uint64_t first = ~std::uint64_t{0};  ///< The smallest handle, and the largest.
    std::uint64_t last = 0;
    bool is_whole = true;  ///< All of them are told.
  };
  static constexpr std::size_t chunk_bytes = 64 << 10;
  struct Size {
    std::size_t all = 0;
    std::size_t appearances = 0;
  };

  void add_event(const OutboundTurn& turn, const OutboundEvent& event);
  void add_appearance(const OutboundTurn& turn, const OutboundEvent& event);
  void add_disappearance(const OutboundTurn& turn, const OutboundEvent& event);
  void add_message(const OutboundTurn& turn, const OutboundEvent& event);
  void append(Bytes& to, const OutboundTurn& turn, const OutboundEvent& event);
  /// The appearance with that handle, if it is held and has not gone, and its chunk.
  [[nodiscard]] std::pair<Told*, Chunk*> find(std::uint64_t handle);
  [[nodiscard]] static Told* find_in(Chunk& chunk, std::uint64_t handle);
  [[nodiscard]] std::vector<Bytes> take_chunks();
  [[nodiscard]] static Bytes without_gone(const Chunk& chunk);
  /// A turn of these events, if there are any.
  void add_turn(std::vector<std::vector<Block>>& packets, std::vector<Bytes> events) const;

  PacketForm form_;
  std::vector<Chunk> appearances_;
  std::size_t last_found_ = 0;  // In which chunk.
  bool message_names_references_ = false;
  Bytes disappearances_;
  Bytes messages_;  // Of the turn that is being added, as are answers.
  std::vector<std::vector<Block>> said_;
  Bytes late_disappearances_;
  Bytes syncs_;
  Bytes answers_;
  std::vector<std::vector<Block>> answered_;
  Size bytes_;
  Size beside_parts_;  // Of them.
  bool has_begun_ = false;
  bool is_open_ = false;
};

}  // namespace avow::server
