// SPDX-License-Identifier: MIT
// Bugs of a C++ server, for the corpus of signatures: shop WAY.
#include <cassert>
#include <cstring>
#include <functional>
#include <map>
#include <stdexcept>
#include <string>
#include <thread>
#include <unistd.h>
#include <vector>
#ifdef WITH_GLOG
#include <glog/logging.h>
#endif

#define NOINLINE __attribute__((noinline))

static int *volatile nothing;
static volatile int bad = 1;

namespace shop
{

template <typename Item> struct Cart {
    std::vector<Item> items;
    NOINLINE Item &last(std::size_t at)
    {
        *nothing = static_cast<int>(at); // the bug
        return items[at];
    }
};

NOINLINE int price_of_numbers()
{
    Cart<int> cart{{1, 2, 3}};
    return cart.last(2) + bad;
}

NOINLINE int length_of_names()
{
    Cart<std::string> cart{{"a", "b"}};
    return static_cast<int>(cart.last(1).size()) + bad;
}

NOINLINE int total_by_lambda()
{
    std::map<int, std::function<int(int)>> rules;
    rules[1] = [](int sum) {
        *nothing = sum;
        return sum + bad;
    };
    return rules[1](7) + bad;
}

NOINLINE int discount_by_lambda()
{
    std::function<int(int)> rule = [](int sum) {
        *nothing = sum + 1;
        return sum - bad;
    };
    return rule(7) + bad;
}

NOINLINE int find_order(int id)
{
    if (bad)
        throw std::out_of_range("order " + std::to_string(id));
    return id;
}

NOINLINE int find_user(int id)
{
    if (bad)
        throw std::out_of_range("user " + std::to_string(id));
    return id;
}

NOINLINE int item_at(const std::vector<int> &items)
{
    return items.at(9) + bad; // the library throws
}

NOINLINE int user_at(const std::vector<int> &items)
{
    return items.at(8) + bad;
}

NOINLINE int count_stock(int n)
{
    assert(n == bad + 100);
    return n;
}

NOINLINE void serve(const char *how)
{
    if (std::strcmp(how, "wait") == 0)
        pause();
    *nothing = 5; // the bug of a request
    bad = 2;
}

NOINLINE void serve_all(const char *how)
{
    serve(how);
    bad = 3;
}

// The main thread serves, and so does another: one of them meets the bug.
NOINLINE int serve_twice(const char *here, const char *there)
{
    std::thread other(serve_all, there);
    usleep(100000);
    serve_all(here);
    other.join();
    return bad;
}

} // namespace shop

#ifdef WITH_GLOG
namespace shop
{
NOINLINE int check_balance(int sum)
{
    CHECK_EQ(sum, bad) << "the balance is wrong";
    return sum + bad;
}
NOINLINE int check_address(int n)
{
    CHECK(n == bad) << "no such street " << n;
    return n + bad;
}
} // namespace shop
#endif

int main(int argc, char **argv)
{
    const std::map<std::string, std::function<int()>> ways = {
        {"numbers", shop::price_of_numbers},
        {"names", shop::length_of_names},
        {"lambda", shop::total_by_lambda},
        {"discount", shop::discount_by_lambda},
        {"order", [] { return shop::find_order(7); }},
        {"user", [] { return shop::find_user(7); }},
        {"item",
         [] {
             return shop::item_at({1, 2});
         }},
        {"user-at",
         [] {
             return shop::user_at({1, 2});
         }},
        {"stock", [] { return shop::count_stock(7); }},
        {"main", [] { return shop::serve_twice("now", "wait"); }},
        {"worker", [] { return shop::serve_twice("wait", "now"); }},
#ifdef WITH_GLOG
        {"balance", [] { return shop::check_balance(7); }},
        {"address", [] { return shop::check_address(7); }},
#endif
    };
    return argc > 1 ? ways.at(argv[1])() + bad : 2;
}
