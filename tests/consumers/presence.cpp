#include <avow/blocking.hpp>
#include <iostream>

// Says who is present at the server named, or, without one, how it would say so itself.

struct Present {
  static constexpr avow::Label label = "present";
  std::string who;
};

int main(int count, char** words) try {
  std::cout << avow::to_text(avow::FactTraits<Present>::to_value({"ann"})) << "\n";
  if (count < 2) return 0;
  avow::blocking::Client space(words[1]);
  const avow::Publication here = space.publish(Present{"ann"});
  for (const Present& present : space.query<Present>()) std::cout << present.who << "\n";
} catch (const avow::Failure& failure) {
  std::cout << failure.code() << "\n";
  return 1;
}
