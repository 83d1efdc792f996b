#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "avow/base/bytes.hpp"
#include "avow/base/result.hpp"

// Files that no SQLite connection of this process has open. (Closing any descriptor of a database
// would drop the locks of all.)

namespace avow::server {

class PlainFile {
 public:
  /// Errors: `store-missing`, `store-failed`.
  [[nodiscard]] static Result<PlainFile> open(const std::string& file, int flags);
  PlainFile(PlainFile&& other) noexcept;
  PlainFile& operator=(PlainFile&& other) noexcept;
  ~PlainFile();

  [[nodiscard]] Result<std::uint64_t> size() const;
  /// Fills `to`, unless the file ends before; answers how much. Goes on where it was.
  [[nodiscard]] Result<std::size_t> read(std::span<std::uint8_t> to);
  /// Errors: `no-space`, `store-failed`.
  [[nodiscard]] Result<void> write(ByteView bytes);
  [[nodiscard]] Result<void> seek(std::uint64_t offset);
  [[nodiscard]] Result<void> flush();

 private:
  PlainFile(std::string name, int descriptor);
  [[nodiscard]] Error error(const char* doing) const;

  std::string name_;
  int descriptor_;
};

/// Gives `part` the name `file`, unless there is such a file, and puts the name on the disk.
/// Errors: `store-exists`, `store-failed`.
[[nodiscard]] Result<void> publish_file(const std::string& part, const std::string& file);
/// Errors: `store-exists`, naming the file.
[[nodiscard]] Result<void> check_absent(const std::string& file);

}  // namespace avow::server
