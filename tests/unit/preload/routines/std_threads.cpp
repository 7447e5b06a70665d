// SPDX-License-Identifier: MIT
// The states that std::thread hands to pthread_create (libstdc++'s <thread>), made without starting a thread.
// They are private: built with -fno-access-control.
#include <thread>
#include <tuple>

namespace game
{
struct Server {
    void serve(int fd);
    void start(int fd, void *out[]);
};

void handle(int fd)
{
    asm volatile("" : : "r"(fd));
}

void other(int fd)
{
    asm volatile("# other" : : "r"(fd));
}

void Server::serve(int fd)
{
    asm volatile("" : : "r"(fd), "r"(this));
}

struct Functor {
    void operator()() const
    {
    }
};
} // namespace game

template <class... T> static void *state(T... callable)
{
    using invoker = std::thread::_Invoker<std::tuple<T...>>;
    return new std::thread::_State_impl<invoker>(callable...);
}

void game::Server::start(int fd, void *out[])
{
    out[3] = state([this, fd] { serve(fd); });
}

extern "C" void std_states(void *out[6])
{
    static game::Server server;
    static void *kept[6]; // nothing leaks
    out[0] = state(game::handle, 1);
    out[1] = state(game::other, 1);
    out[2] = state(&game::Server::serve, &server, 7);
    server.start(1, out);
    out[4] = state(game::Functor());
    out[5] = state(game::handle, 2);
    for (int i = 0; i < 6; i++)
        kept[i] = out[i];
    asm volatile("" : : "r"(kept) : "memory");
}
