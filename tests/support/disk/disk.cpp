#include "tests/support/disk/disk.hpp"

#include <algorithm>
#include <cstring>
#include <sqlite3.h>

namespace avow::test {
namespace {

// ---- files, as SQLite calls them
// -----------------------------------------------------------------

struct OpenFile {
  sqlite3_file base;  // First: SQLite knows no more of it.
  Disk* disk;
  std::shared_ptr<DiskImage::File>* file;  // Owned.
  bool is_journal;
};

OpenFile& open_file(sqlite3_file* file) { return *reinterpret_cast<OpenFile*>(file); }
DiskImage::File& content(sqlite3_file* file) { return **open_file(file).file; }

int close_file(sqlite3_file* file) {
  delete open_file(file).file;
  file->pMethods = nullptr;
  return SQLITE_OK;
}

int read_file(sqlite3_file* file, void* to, int size, sqlite3_int64 offset) {
  const int code = open_file(file).disk->act(DiskAct::read, [](bool) {});
  if (code != SQLITE_OK) return code;
  const Bytes& shown = content(file).shown;
  const auto begin = std::min(static_cast<std::size_t>(offset), shown.size());
  const auto wanted = static_cast<std::size_t>(size);
  const std::size_t there = std::min(wanted, shown.size() - begin);
  if (there > 0) std::memcpy(to, shown.data() + begin, there);
  if (there == wanted) return SQLITE_OK;
  std::memset(static_cast<std::uint8_t*>(to) + there, 0, wanted - there);
  return SQLITE_IOERR_SHORT_READ;
}

void write_bytes(DiskImage::File& file, const void* from, std::size_t size, std::size_t offset) {
  if (size == 0) return;
  if (file.shown.size() < offset + size) file.shown.resize(offset + size);
  std::memcpy(file.shown.data() + offset, from, size);
  for (std::size_t i = offset / DiskImage::sector_bytes;
       i <= (offset + size - 1) / DiskImage::sector_bytes; ++i) {
    file.unflushed.insert(i);
  }
}

int write_file(sqlite3_file* file, const void* from, int size, sqlite3_int64 offset) {
  const auto all = static_cast<std::size_t>(size);
  return open_file(file).disk->act(DiskAct::write, [&](bool halfway) {
    write_bytes(content(file), from, halfway ? all / 2 : all, static_cast<std::size_t>(offset));
  });
}

int truncate_file(sqlite3_file* file, sqlite3_int64 size) {
  return open_file(file).disk->act(DiskAct::truncate, [&](bool) {
    DiskImage::File& it = content(file);
    const auto before = it.shown.size();
    it.shown.resize(static_cast<std::size_t>(size));
    for (std::size_t i = static_cast<std::size_t>(size) / DiskImage::sector_bytes;
         i * DiskImage::sector_bytes < before; ++i) {
      it.unflushed.insert(i);
    }
  });
}

int sync_file(sqlite3_file* file, int) {
  OpenFile& open = open_file(file);
  return open.disk->act(DiskAct::flush, [&](bool dropped) {
    DiskImage::File& it = **open.file;
    it.unflushed.clear();
    if (dropped) return;
    it.flushed = it.shown;
    it.is_named = true;
    // SQLite's own files of the system flush the folder with the first flush of a journal.
    if (open.is_journal) open.disk->image.deleted.clear();
  });
}

int size_of_file(sqlite3_file* file, sqlite3_int64* size) {
  *size = static_cast<sqlite3_int64>(content(file).shown.size());
  return SQLITE_OK;
}

int lock_file(sqlite3_file*, int) { return SQLITE_OK; }
int check_lock(sqlite3_file*, int* locked) {
  *locked = 0;
  return SQLITE_OK;
}
int control_file(sqlite3_file*, int, void*) { return SQLITE_NOTFOUND; }
int sector_size(sqlite3_file*) { return static_cast<int>(DiskImage::sector_bytes); }
int characteristics(sqlite3_file*) { return SQLITE_IOCAP_POWERSAFE_OVERWRITE; }

// Version 1: no shared memory, which exclusive locking does not need.
constexpr sqlite3_io_methods methods = {.iVersion = 1,
                                        .xClose = close_file,
                                        .xRead = read_file,
                                        .xWrite = write_file,
                                        .xTruncate = truncate_file,
                                        .xSync = sync_file,
                                        .xFileSize = size_of_file,
                                        .xLock = lock_file,
                                        .xUnlock = lock_file,
                                        .xCheckReservedLock = check_lock,
                                        .xFileControl = control_file,
                                        .xSectorSize = sector_size,
                                        .xDeviceCharacteristics = characteristics,
                                        .xShmMap = nullptr,
                                        .xShmLock = nullptr,
                                        .xShmBarrier = nullptr,
                                        .xShmUnmap = nullptr,
                                        .xFetch = nullptr,
                                        .xUnfetch = nullptr};

// ---- the folder
// ----------------------------------------------------------------------------------

Disk& disk_of(sqlite3_vfs* vfs) { return *static_cast<Disk*>(vfs->pAppData); }

int open_in(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* out_flags) {
  Disk& disk = disk_of(vfs);
  OpenFile& open = open_file(file);
  open.base.pMethods = nullptr;
  auto& files = disk.image.files;
  auto found = files.find(name);
  if (found == files.end()) {
    if ((flags & SQLITE_OPEN_CREATE) == 0) return SQLITE_CANTOPEN;
    found = files.emplace(name, std::make_shared<DiskImage::File>()).first;
  }
  open.disk = &disk;
  open.file = new std::shared_ptr<DiskImage::File>(found->second);
  open.is_journal = (flags & (SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_WAL)) != 0;
  open.base.pMethods = &methods;
  if (out_flags != nullptr) *out_flags = flags;
  return SQLITE_OK;
}

int remove_in(sqlite3_vfs* vfs, const char* name, int sync_folder) {
  Disk& disk = disk_of(vfs);
  const auto found = disk.image.files.find(name);
  if (found == disk.image.files.end()) return SQLITE_IOERR_DELETE_NOENT;
  return disk.act(DiskAct::remove, [&](bool) {
    if (sync_folder != 0) {
      disk.image.deleted.clear();
    } else {
      disk.image.deleted[name] = found->second;
    }
    disk.image.files.erase(found);
  });
}

int access_in(sqlite3_vfs* vfs, const char* name, int, int* found) {
  *found = disk_of(vfs).image.files.contains(name) ? 1 : 0;
  return SQLITE_OK;
}

int full_name(sqlite3_vfs*, const char* name, int size, char* to) {
  sqlite3_snprintf(size, to, "%s", name);
  return SQLITE_OK;
}

int randomness(sqlite3_vfs*, int size, char* to) {
  // Salts of the write-ahead log: any will do, as long as a run can be repeated.
  static thread_local Random random(1);
  for (int i = 0; i < size; ++i) to[i] = static_cast<char>(random.bits());
  return size;
}

int no_sleep(sqlite3_vfs*, int microseconds) { return microseconds; }
int no_time(sqlite3_vfs*, sqlite3_int64* now) {
  *now = 0;
  return SQLITE_OK;
}
int no_time_as_double(sqlite3_vfs*, double* now) {
  *now = 0;
  return SQLITE_OK;
}
int no_last_error(sqlite3_vfs*, int, char*) { return 0; }

bool is_about_room(Fault fault) { return fault == Fault::full || fault == Fault::full_once; }

std::string next_name() {
  static std::uint64_t made = 0;
  return "test-disk-" + std::to_string(++made);
}

}  // namespace

struct Disk::Vfs {
  sqlite3_vfs vfs{};
};

void repeat_chance_of_sqlite(std::uint64_t seed) {
  sqlite3_test_control(SQLITE_TESTCTRL_PRNG_SEED, static_cast<int>(seed % 0x7FFF'FFFF) + 1,
                       nullptr);
}

Disk::Disk() : name_(next_name()), vfs_(std::make_unique<Vfs>()) {
  sqlite3_vfs& vfs = vfs_->vfs;
  vfs.iVersion = 2;
  vfs.szOsFile = sizeof(OpenFile);
  vfs.mxPathname = 512;
  vfs.zName = name_.c_str();
  vfs.pAppData = this;
  vfs.xOpen = open_in;
  vfs.xDelete = remove_in;
  vfs.xAccess = access_in;
  vfs.xFullPathname = full_name;
  vfs.xRandomness = randomness;
  vfs.xSleep = no_sleep;
  vfs.xCurrentTime = no_time_as_double;
  vfs.xGetLastError = no_last_error;
  vfs.xCurrentTimeInt64 = no_time;
  sqlite3_vfs_register(&vfs, 0);
}

Disk::~Disk() { sqlite3_vfs_unregister(&vfs_->vfs); }

void Disk::plan(Fault fault, std::uint64_t n) {
  repair();
  fault_ = fault;
  countdown_ = n;
}

void Disk::repair() {
  fault_ = Fault::none;
  has_failed_ = false;
  is_dead_ = false;
}

// Whether the planned fault is about such an act.
bool Disk::meets(DiskAct act) const {
  switch (fault_) {
    case Fault::none:
      return false;
    case Fault::power_cut:
      return act != DiskAct::read;
    case Fault::write_error:
    case Fault::short_write:
    case Fault::full:
    case Fault::full_once:
      return act == DiskAct::write;
    case Fault::flush_error:
    case Fault::flush_errors:
      return act == DiskAct::flush;
    case Fault::read_error:
      return act == DiskAct::read;
  }
  return false;
}

int Disk::answer(DiskAct act) const {
  switch (act) {
    case DiskAct::write:
      return is_about_room(fault_) ? SQLITE_FULL : SQLITE_IOERR_WRITE;
    case DiskAct::flush:
      return SQLITE_IOERR_FSYNC;
    case DiskAct::truncate:
      return SQLITE_IOERR_TRUNCATE;
    case DiskAct::remove:
      return SQLITE_IOERR_DELETE;
    case DiskAct::read:
      return SQLITE_IOERR_READ;
  }
  return SQLITE_IOERR;
}

int Disk::act(DiskAct act, const std::function<void(bool)>& change) {
  if (act == DiskAct::read) {
    ++reads;
  } else if (act == DiskAct::flush) {
    ++flushes;
  } else {
    ++changes;
  }
  if (is_dead_) return answer(act);
  if (act != DiskAct::read && before_change) before_change();
  const bool is_met = meets(act) && (countdown_ == 0 || --countdown_ == 0);
  if (!is_met) {
    change(false);
    return SQLITE_OK;
  }
  has_failed_ = true;
  const bool halfway = fault_ == Fault::short_write || fault_ == Fault::flush_error ||
                       fault_ == Fault::flush_errors ||
                       (fault_ == Fault::power_cut && act == DiskAct::write);
  if (halfway) change(true);
  const int code = answer(act);
  if (fault_ == Fault::power_cut) {
    is_dead_ = true;
  } else if (fault_ == Fault::full) {
    countdown_ = 0;  // It stays full until it is repaired.
  } else if (fault_ != Fault::flush_errors) {
    fault_ = Fault::none;
  }
  return code;
}

}  // namespace avow::test
