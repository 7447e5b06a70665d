// SPDX-License-Identifier: MIT
// Local variables of C++ in the frames of a fault: see locals.c.
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

namespace game {
enum class phase { lobby = 1, playing = 2 };

struct entity {
    int id = 1;
    virtual ~entity() = default;
    virtual int speed() const { return id; }
};

struct player : entity {
    std::string name = "zoe";
    phase now = phase::playing;
    static int count;
    int health = 100;
    int hit(int damage, const std::string &by);
};

int player::count = 7;
static void *volatile kept;
static volatile int zero;

__attribute__((noinline)) static int die(int *where, int value)
{
    *where = value;
    return value;
}

__attribute__((noinline)) int player::hit(int damage, const std::string &by)
{
    int left = health - damage;
    auto blame = [&](int more) __attribute__((noinline)) {
        int sum = left + more;
        kept = &sum;
        return die((int *)(uintptr_t)zero, sum) + sum + (int)by.size();
    };
    kept = &left;
    kept = &blame;
    return blame(damage * 2) + left;
}

template <typename T> struct box {
    T value;
    __attribute__((noinline)) int open(const T &other)
    {
        T copy = value;
        kept = &copy;
        kept = this;
        return die((int *)(uintptr_t)zero, 1) + (copy == other);
    }
};

static inline __attribute__((always_inline)) int clamp(int value, int low, int high)
{
    int result = value < low ? low : value > high ? high : value;
    kept = &result;
    return die((int *)(uintptr_t)zero, result) + result;
}

__attribute__((noinline)) int library(int count)
{
    std::string empty, tiny = "tiny", longer(200, 'x');
    std::vector<int> numbers{1, 2, 3};
    std::vector<std::string> names{"a", "b"};
    std::unique_ptr<player> owned(new player);
    player &reference = *owned;
    const int &number = numbers[1];
    int &&moved = count + 1;
    entity *base = owned.get();
    int entity::*member = &entity::id;
    phase now = phase::lobby;
    bool flags[3] = {true, false, true};
    char32_t sign = U'\u20ac';
    std::nullptr_t nothing = nullptr;
    void *all[] = {&empty, &tiny, &longer, &numbers, &names, &owned, &base, &member, &now, flags, &sign, &nothing, &moved};
    kept = all;
    kept = &reference;
    return die((int *)(uintptr_t)zero, number) + reference.health + moved + (member != nullptr);
}
} // namespace game

int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "method";
    int count = argc > 2 ? atoi(argv[2]) : 5;
    game::player someone;
    std::string by = "bob";
    if (!strcmp(what, "method"))
        return someone.hit(count, by);
    if (!strcmp(what, "box"))
        return game::box<std::string>{"boxed"}.open(by);
    if (!strcmp(what, "inlined"))
        return game::clamp(count, 10, 20);
    if (!strcmp(what, "library"))
        return game::library(count);
    return 1;
}
