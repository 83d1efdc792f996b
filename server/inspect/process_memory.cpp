#include "server/inspect/process_memory.hpp"

#include <array>
#include <charconv>
#include <fcntl.h>
#include <unistd.h>

namespace avow::server {

std::optional<std::uint64_t> resident_bytes_in(std::string_view statm, std::uint64_t page_bytes) {
  const std::size_t space = statm.find(' ');
  if (space == std::string_view::npos) return std::nullopt;
  const char* const begin = statm.data() + space + 1;
  std::uint64_t pages = 0;
  const auto read = std::from_chars(begin, statm.data() + statm.size(), pages);
  if (read.ec != std::errc{}) return std::nullopt;
  return pages * page_bytes;
}

std::optional<std::uint64_t> resident_bytes() {
  const int file = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
  if (file < 0) return std::nullopt;
  std::array<char, 256> text{};
  const ssize_t size = read(file, text.data(), text.size());
  close(file);
  if (size <= 0) return std::nullopt;
  return resident_bytes_in({text.data(), static_cast<std::size_t>(size)},
                           static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE)));
}

}  // namespace avow::server
