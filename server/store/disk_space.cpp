#include "server/store/disk_space.hpp"

#include <algorithm>
#include <fcntl.h>
#include <filesystem>
#include <limits>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>
#include <utility>

namespace avow::server {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t unlimited = std::numeric_limits<std::uint64_t>::max();

std::uint64_t size_of(const std::string& file) {
  std::error_code none;
  const std::uintmax_t size = fs::file_size(file, none);
  return none ? 0 : size;
}

std::uint64_t free_by_limit(const std::string& file) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_FSIZE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return unlimited;
  const std::uint64_t largest = std::max(size_of(file), size_of(file + "-wal"));
  return limit.rlim_cur > largest ? limit.rlim_cur - largest : 0;
}

}  // namespace

std::uint64_t free_bytes_for(const std::string& file) {
  struct statvfs found {};
  const std::string folder = fs::absolute(file).parent_path().string();
  // What cannot be asked is no reason to refuse: a write will tell.
  if (::statvfs(folder.c_str(), &found) != 0) return unlimited;
  return std::min(std::uint64_t{found.f_bavail} * found.f_frsize, free_by_limit(file));
}

bool on_same_disk(const std::string& file, const std::string& other) {
  struct stat of_file {};
  struct stat of_other {};
  const std::string folder = fs::absolute(file).parent_path().string();
  const std::string other_folder = fs::absolute(other).parent_path().string();
  if (::stat(folder.c_str(), &of_file) != 0) return true;
  if (::stat(other_folder.c_str(), &of_other) != 0) return true;
  return of_file.st_dev == of_other.st_dev;
}

DiskSpace::DiskSpace(std::string file, DiskSpaceOptions options)
    : file_(std::move(file)), ballast_(file_ + "-ballast"), options_(std::move(options)) {
  if (!options_.free_bytes) options_.free_bytes = [this] { return free_bytes_for(file_); };
}

bool DiskSpace::check() {
  const std::uint64_t low = options_.low_mark_bytes;
  std::uint64_t free = options_.free_bytes();
  if (!has_ballast() && free >= low + 2 * options_.ballast_bytes) {
    make_ballast();
    free = options_.free_bytes();
  }
  const bool is_enough = has_room_ ? free >= low : free >= low + low / 4 && has_ballast();
  has_room_ = is_enough;
  return has_room_;
}

void DiskSpace::release_ballast() {
  has_room_ = false;
  ::unlink(ballast_.c_str());
}

bool DiskSpace::has_ballast() const {
  return options_.ballast_bytes == 0 || size_of(ballast_) >= options_.ballast_bytes;
}

// One that could not be made is tried again with the next look.
void DiskSpace::make_ballast() const {
  const int made = ::open(ballast_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  if (made < 0) return;
  const bool is_whole = ::posix_fallocate(made, 0, static_cast<off_t>(options_.ballast_bytes)) == 0;
  ::close(made);
  if (!is_whole) ::unlink(ballast_.c_str());
}

}  // namespace avow::server
