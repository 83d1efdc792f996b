#pragma once

#include <chrono>
#include <cstddef>

// Whether a thread that has nothing to do looks for work a while before it sleeps.
//
// To be woken takes a thread some 30 µs and more, most of it until an idle processor is running
// again: a writer who is alone waits for that with every write. Looking costs a processor. So only
// a thread looks whose last work was for one and came soon: a server that is idle or writes now and
// then never does, nor one with many writers, who gain nothing by it.

namespace avow::server {

class AdaptiveSpin {
 public:
  using Duration = std::chrono::nanoseconds;

  /// How long it looks. The next write of one who is answered over loopback or a local network
  /// comes within this.
  static constexpr Duration spin_max = std::chrono::microseconds(200);

  /// `processors` is how many there are: on a single one nobody else could do anything meanwhile.
  explicit AdaptiveSpin(unsigned processors) : may_spin_(processors > 1) {}

  /// There was something to do after so long.
  void waited(Duration time) { came_soon_ = time <= spin_max; }
  /// That was for so many.
  void worked_for(std::size_t count) { was_for_one_ = count == 1; }
  /// How long to look before the next sleep, if at all.
  [[nodiscard]] Duration duration() const {
    return may_spin_ && came_soon_ && was_for_one_ ? spin_max : Duration::zero();
  }

 private:
  bool may_spin_;
  bool came_soon_ = false;
  bool was_for_one_ = false;
};

}  // namespace avow::server
