#pragma once

#include <cstdint>
#include <functional>
#include <string>

// Whether there is room for more. Durable turns are refused before they run when the disk is nearly
// full; and a file of no content, the ballast, lies beside the database, so that what is on its way
// already can be written when the disk is full in spite of that.

namespace avow::server {

struct DiskSpaceOptions {
  /// Below this durable turns are refused.
  std::uint64_t low_mark_bytes = 64 << 20;
  /// 0: no ballast.
  std::uint64_t ballast_bytes = 16 << 20;
  /// How many bytes more the file may take; empty: as the system says.
  std::function<std::uint64_t()> free_bytes;
};

class DiskSpace {
 public:
  /// `file` is the database; the ballast is `file`-ballast.
  DiskSpace(std::string file, DiskSpaceOptions options);

  /// Looks again, and makes the ballast if it is not there and there is room for it. Whether there
  /// is room for more turns. What was found too little has to become clearly enough.
  bool check();
  /// Deletes the ballast. There is no room now, until `check` finds some.
  void release_ballast();
  [[nodiscard]] bool has_room() const { return has_room_; }

 private:
  [[nodiscard]] bool has_ballast() const;
  void make_ballast() const;

  std::string file_;
  std::string ballast_;
  DiskSpaceOptions options_;
  bool has_room_ = true;
};

/// How many bytes this process may still write into files like `file`, the database, and its
/// write-ahead log: by the file system's room, and by the limit on the size of a file.
[[nodiscard]] std::uint64_t free_bytes_for(const std::string& file);

/// Whether both are, or will be, on the same disk. What cannot be asked counts as the same.
[[nodiscard]] bool on_same_disk(const std::string& file, const std::string& other);

}  // namespace avow::server
