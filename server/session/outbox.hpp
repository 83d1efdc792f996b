#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "avow/base/bytes.hpp"
#include "server/session/outbox_budget.hpp"

// What waits to be written to one connection. Bytes that many sessions share are shared here too:
// an outbox holds references to large blocks. Small packets that travel together are copied one
// behind the other into a run, which costs less than a reference to each. The shell around the
// connection takes a frame whenever its last write is done, so everything that came up in between
// travels in one write.

namespace avow::server {

/// Immutable bytes, shared by all outboxes that they wait in.
using Block = std::shared_ptr<const Bytes>;
/// The bytes of a packet, or of several.
[[nodiscard]] std::size_t size_of(const std::vector<Block>& packet);
[[nodiscard]] std::size_t size_of(const std::vector<std::vector<Block>>& packets);

enum class FrameType : std::uint8_t { binary, text };

/// One WebSocket message, or one piece of a byte stream: its run, and then its blocks.
struct OutgoingFrame {
  FrameType type = FrameType::binary;
  Bytes run;  ///< Small packets, one behind the other, which are for this outbox alone.
  std::vector<Block> blocks;
  std::size_t size = 0;

  /// All of it, copied.
  [[nodiscard]] Bytes bytes() const;
};

class Outbox {
 public:
  /// How packets become frames.
  enum class Framing : std::uint8_t {
    packet_per_frame,  ///< Syndicate and JSON on a WebSocket: one packet, one message.
    merged,            ///< Byte streams and native frames: as many packets as fit.
  };

  /// `waiting_bytes_max` bounds what waits behind the group of packets that is being written; so
  /// does the share that `budget` leaves, which must outlive the outbox.
  Outbox(Framing framing, std::size_t waiting_bytes_max, OutboxBudget* budget = nullptr,
         std::size_t run_bytes_max = 16 << 10)
      : framing_(framing),
        waiting_bytes_max_(waiting_bytes_max),
        budget_(budget),
        run_bytes_max_(run_bytes_max) {}
  ~Outbox() { uncount(waiting_bytes_ + taken_bytes_); }
  Outbox(const Outbox&) = delete;
  Outbox& operator=(const Outbox&) = delete;

  /// A packet of a merged stream that is no larger may be copied.
  static constexpr std::size_t copied_packet_bytes_max = 1'024;
  /// Of one in blocks they are kept, perhaps with others, from this size on.
  static constexpr std::size_t shared_packet_bytes_min = 256;

  /// Adds one whole packet. Returns false, and keeps nothing of it, if more than the limit would
  /// wait behind what is being written: the caller then ends or resynchronises the session.
  [[nodiscard]] bool push(FrameType type, std::vector<Block> packet);
  /// Likewise, a packet of at most `copied_packet_bytes_max`.
  [[nodiscard]] bool push_copy(FrameType type, ByteView packet);
  /// Adds packets that make one turn (the chunks of a snapshot), in order: all or none of them. For
  /// the limit they are one packet: a turn of any size may wait alone.
  [[nodiscard]] bool push_group(FrameType type, std::vector<std::vector<Block>> packets);
  /// Likewise, whatever the limit says: the last packet of all, or what was kept within a limit.
  void push_again(FrameType type, std::vector<std::vector<Block>> packets);
  void push_copy_again(FrameType type, ByteView packet);
  /// Forgets all packets that have not been taken.
  void drop_waiting();

  /// The next frame to write, at most about `bytes_max` (a single packet, or run of copied ones,
  /// may be larger). What was taken before counts as written from this call on.
  [[nodiscard]] std::optional<OutgoingFrame> take(std::size_t bytes_max);
  /// The frame taken last has been written.
  void written();

  [[nodiscard]] bool empty() const { return parts_.empty(); }
  /// Whether all that was pushed has been written.
  [[nodiscard]] bool is_idle() const { return parts_.empty() && taken_bytes_ == 0; }
  /// Whether more than `bytes_max`, or than its share, waits behind the group that is being
  /// written.
  [[nodiscard]] bool is_crowded(std::size_t bytes_max) const;
  /// Bytes pushed and not yet taken.
  [[nodiscard]] std::size_t waiting_bytes() const { return waiting_bytes_; }
  [[nodiscard]] std::size_t waiting_packets() const { return waiting_packets_; }
  [[nodiscard]] std::size_t taken_bytes() const { return taken_bytes_; }

 private:
  /// A packet in blocks, or a run of copied packets.
  struct Part {
    FrameType type;
    std::vector<Block> blocks;
    Bytes run;
    std::size_t size;
    std::size_t packets;
    std::uint64_t first_group;
    std::size_t first_group_size;
    std::uint64_t last_group;
  };

  [[nodiscard]] bool has_room(std::size_t size) const;
  [[nodiscard]] std::size_t bytes_behind_first() const;
  [[nodiscard]] std::size_t bytes_of_group(std::uint64_t group) const;
  void uncount(std::size_t bytes);
  void append(FrameType type, std::vector<Block> packet);
  void enqueue(FrameType type, std::vector<Block> blocks, std::size_t size);
  /// The run that the next copied packet is put behind, of which it is counted as a part already.
  [[nodiscard]] Bytes& run_for(FrameType type, std::size_t size);
  void note_waiting(std::size_t bytes);

  Framing framing_;
  std::size_t waiting_bytes_max_;
  OutboxBudget* budget_;
  std::size_t run_bytes_max_;
  std::size_t waiting_bytes_ = 0;
  std::size_t waiting_packets_ = 0;
  std::size_t taken_bytes_ = 0;
  std::uint64_t group_ = 0;        // Of what was pushed last.
  std::uint64_t taken_group_ = 0;  // Of what was taken last, while it is being written.
  std::deque<Part> parts_;
};

}  // namespace avow::server
