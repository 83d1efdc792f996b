#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "avow/base/bytes.hpp"
#include "tests/support/random.hpp"

// A disk in memory for SQLite, which can lose power, fail and fill up. It keeps for every file what
// the system shows and what is on the platter: a write changes the first, a flush makes the second
// like it. When the power goes, each sector of 512 bytes that was not flushed is as it was, or as
// it was to be, or a part of each.

namespace avow::test {

/// What the files of a disk hold. Copied freely.
class DiskImage {
 public:
  static constexpr std::size_t sector_bytes = 512;

  struct File {
    Bytes shown;                      ///< What reading yields.
    Bytes flushed;                    ///< What is on the platter.
    std::set<std::size_t> unflushed;  ///< Sectors in which the two may differ.
    bool is_named = false;            ///< Its name is on the platter.
  };
  std::map<std::string, std::shared_ptr<File>> files;
  /// Deleted, and back after a power cut unless the folder is flushed before.
  std::map<std::string, std::shared_ptr<File>> deleted;

  /// A copy that shares nothing.
  [[nodiscard]] DiskImage copy() const;
  /// What is left when the power goes: a sector that was not flushed is new in about `new_of_100`
  /// of a hundred cases, and sometimes torn.
  void lose_power(Random& random, std::size_t new_of_100);
};

/// What may go wrong.
enum class Fault {
  none,
  power_cut,     ///< From that operation on nothing happens any more.
  write_error,   ///< The write is refused.
  short_write,   ///< Half of it is written, then it is refused.
  full,          ///< There is no room for the write, nor for any later one.
  full_once,     ///< There is no room for the write, but then some is made.
  flush_error,   ///< The flush fails, and the sectors count as flushed though they are not (Linux).
  flush_errors,  ///< So does every later one.
  read_error,
};

/// What is asked of a disk. Reads are counted apart from the rest.
enum class DiskAct { write, flush, truncate, remove, read };

/// From now on SQLite draws what is to be random (the salts of write-ahead logs) from `seed`, in
/// this process, so that a run can be repeated.
void repeat_chance_of_sqlite(std::uint64_t seed);

class Disk {
 public:
  /// Is known to SQLite as `vfs()` until it goes.
  Disk();
  Disk(const Disk&) = delete;
  Disk& operator=(const Disk&) = delete;
  ~Disk();

  [[nodiscard]] const std::string& vfs() const { return name_; }

  DiskImage image;

  /// `fault` meets the n-th of the acts that it is about, counted from now on, from 1.
  void plan(Fault fault, std::uint64_t n);
  /// Called before every act that changes something.
  std::function<void()> before_change;
  /// Acts since the disk was made: writes, truncations and deletions; flushes; reads.
  std::uint64_t changes = 0;
  std::uint64_t flushes = 0;
  std::uint64_t reads = 0;
  /// Whether the planned fault has come.
  [[nodiscard]] bool has_failed() const { return has_failed_; }
  /// All is well again, and nothing is planned.
  void repair();

  /// For the functions that SQLite calls, on one thread at a time. The answer is one of SQLite's
  /// codes.
  int act(DiskAct act, const std::function<void(bool halfway)>& change);

 private:
  [[nodiscard]] bool meets(DiskAct act) const;
  [[nodiscard]] int answer(DiskAct act) const;

  std::string name_;
  struct Vfs;
  std::unique_ptr<Vfs> vfs_;
  Fault fault_ = Fault::none;
  std::uint64_t countdown_ = 0;
  bool has_failed_ = false;
  bool is_dead_ = false;
};

}  // namespace avow::test
