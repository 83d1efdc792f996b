#include "server/store/plain_file.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace avow::server {
namespace {

namespace fs = std::filesystem;

Error failed(const std::string& what, int number) {
  const std::string sentence = what + " failed: " + std::strerror(number) + ".";
  if (number == ENOSPC || number == EDQUOT || number == EFBIG) {
    return {"no-space", sentence + " Make room, or name a file on another disk."};
  }
  return {number == ENOENT ? "store-missing" : "store-failed", sentence};
}

}  // namespace

PlainFile::PlainFile(std::string name, int descriptor)
    : name_(std::move(name)), descriptor_(descriptor) {}
PlainFile::PlainFile(PlainFile&& other) noexcept
    : name_(std::move(other.name_)), descriptor_(std::exchange(other.descriptor_, -1)) {}
PlainFile& PlainFile::operator=(PlainFile&& other) noexcept {
  std::swap(name_, other.name_);
  std::swap(descriptor_, other.descriptor_);
  return *this;
}
PlainFile::~PlainFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

Error PlainFile::error(const char* doing) const { return failed(doing + name_, errno); }

Result<PlainFile> PlainFile::open(const std::string& file, int flags) {
  const int descriptor = ::open(file.c_str(), flags | O_CLOEXEC, 0600);
  if (descriptor < 0) return failed("Opening " + file, errno);
  return PlainFile(file, descriptor);
}

Result<std::uint64_t> PlainFile::size() const {
  struct stat found {};
  if (::fstat(descriptor_, &found) != 0) return error("Looking at ");
  return static_cast<std::uint64_t>(found.st_size);
}

Result<std::size_t> PlainFile::read(std::span<std::uint8_t> to) {
  std::size_t done = 0;
  while (done < to.size()) {
    const ssize_t more = ::read(descriptor_, to.data() + done, to.size() - done);
    if (more < 0 && errno == EINTR) continue;
    if (more < 0) return error("Reading ");
    if (more == 0) break;
    done += static_cast<std::size_t>(more);
  }
  return done;
}

Result<void> PlainFile::write(ByteView bytes) {
  while (!bytes.empty()) {
    const ssize_t more = ::write(descriptor_, bytes.data(), bytes.size());
    if (more < 0 && errno == EINTR) continue;
    if (more < 0) return error("Writing ");
    bytes = bytes.subspan(static_cast<std::size_t>(more));
  }
  return {};
}

Result<void> PlainFile::seek(std::uint64_t offset) {
  if (::lseek(descriptor_, static_cast<off_t>(offset), SEEK_SET) < 0) return error("Reading ");
  return {};
}

Result<void> PlainFile::flush() {
  if (::fsync(descriptor_) != 0) return error("Flushing ");
  return {};
}

Result<void> check_absent(const std::string& file) {
  std::error_code none;
  if (fs::symlink_status(file, none).type() == fs::file_type::not_found) return {};
  return Error{"store-exists",
               file +
                   " is there already, and nothing is ever overwritten. Name another file, or "
                   "move this one away."};
}

Result<void> publish_file(const std::string& part, const std::string& file) {
  if (::link(part.c_str(), file.c_str()) != 0) {
    if (errno == EEXIST) return check_absent(file);
    return failed("Naming " + file, errno);
  }
  ::unlink(part.c_str());
  const std::string folder = fs::absolute(file).parent_path().string();
  AVOW_TRY(PlainFile opened, PlainFile::open(folder, O_RDONLY | O_DIRECTORY));
  return opened.flush();
}

}  // namespace avow::server
