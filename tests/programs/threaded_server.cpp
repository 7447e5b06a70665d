// SPDX-License-Identifier: MIT
/*
 * A key-value store in C++ as many are written: a detached std::thread for each connection, RAII guards,
 * strings and maps, exceptions. Bugs by message: NULL, THROW, AT, ABORT, DIVIDE, LOCKED, NOEXCEPT, LOCKTHROW.
 *
 * threaded_server PORT: PORT 0 takes a free one; it prints 'listening on PORT'. SIGTERM ends it with status
 * 0.
 */
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <map>
#include <mutex>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include <arpa/inet.h>
#include <csignal>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

namespace kv
{

/* One of the parts of the store, each behind its own mutex. */
class Shard
{
  public:
    void set(const std::string &key, const std::string &value)
    {
        std::lock_guard<std::mutex> guard(mutex_);
        auto &slot = values_[key];
        bytes_ += value.size() - slot.size();
        slot = value;
    }

    bool get(const std::string &key, std::string &ret_value) const
    {
        std::lock_guard<std::mutex> guard(mutex_);
        auto found = values_.find(key);
        if (found == values_.end())
            return false;
        ret_value = found->second;
        return true;
    }

    bool remove(const std::string &key)
    {
        std::lock_guard<std::mutex> guard(mutex_);
        auto found = values_.find(key);
        if (found == values_.end())
            return false;
        bytes_ -= found->second.size();
        values_.erase(found);
        return true;
    }

    std::pair<std::size_t, std::size_t> size() const
    {
        std::lock_guard<std::mutex> guard(mutex_);
        return {values_.size(), bytes_};
    }

    /* BUG, on purpose: faults under the guard. */
    __attribute__((noinline)) void fault_under_lock(int *nothing)
    {
        std::lock_guard<std::mutex> guard(mutex_);
        bytes_ += static_cast<std::size_t>(*static_cast<volatile int *>(nothing));
    }

    /* Throws under the guard: unwinding gives the lock back. */
    __attribute__((noinline)) void throw_under_lock(const std::string &why)
    {
        std::lock_guard<std::mutex> guard(mutex_);
        throw std::runtime_error(why);
    }

    /* Empty when the lock can be had within a second and the bytes add up. */
    std::string check() const
    {
        timespec limit;
        clock_gettime(CLOCK_REALTIME, &limit);
        limit.tv_sec += 1;
        if (pthread_mutex_timedlock(const_cast<std::mutex &>(mutex_).native_handle(), &limit) != 0)
            return "a lock cannot be had";
        std::lock_guard<std::mutex> guard(mutex_, std::adopt_lock);
        std::size_t bytes = 0;
        for (const auto &item : values_)
            bytes += item.second.size();
        return bytes == bytes_ ? "" : "the bytes do not add up";
    }

  private:
    mutable std::mutex mutex_;
    std::map<std::string, std::string> values_;
    std::size_t bytes_ = 0;
};

class Store
{
  public:
    Shard &shard(const std::string &key)
    {
        return shards_[std::hash<std::string>{}(key) % shards_.size()];
    }

    std::string sum() const
    {
        std::size_t keys = 0, bytes = 0;
        for (const auto &shard : shards_) {
            auto size = shard.size();
            keys += size.first;
            bytes += size.second;
        }
        return std::to_string(keys) + " keys, " + std::to_string(bytes) + " bytes";
    }

    std::string check() const
    {
        for (const auto &shard : shards_) {
            std::string wrong = shard.check();
            if (!wrong.empty())
                return "WRONG " + wrong;
        }
        return "OK " + sum();
    }

  private:
    std::array<Shard, 16> shards_;
};

class Socket
{
  public:
    explicit Socket(int number) : number_(number)
    {
    }
    Socket(const Socket &) = delete;
    Socket &operator=(const Socket &) = delete;
    ~Socket()
    {
        ::close(number_);
    }

    bool send(const std::string &text) const
    {
        std::size_t sent = 0;
        while (sent < text.size()) {
            ssize_t count = ::send(number_, text.data() + sent, text.size() - sent, MSG_NOSIGNAL);
            if (count <= 0)
                return false;
            sent += static_cast<std::size_t>(count);
        }
        return true;
    }

    /* The next line, without its end. */
    bool line(std::string &ret_line)
    {
        std::size_t end;
        while ((end = buffer_.find('\n')) == std::string::npos) {
            char bytes[512];
            ssize_t count = ::recv(number_, bytes, sizeof bytes, 0);
            if (count <= 0 || buffer_.size() > 65536)
                return false;
            buffer_.append(bytes, static_cast<std::size_t>(count));
        }
        ret_line = buffer_.substr(0, end);
        buffer_.erase(0, end + 1);
        if (!ret_line.empty() && ret_line.back() == '\r')
            ret_line.pop_back();
        return true;
    }

  private:
    int number_;
    std::string buffer_;
};

class Session
{
  public:
    Session(Store &store, int socket) : store_(store), socket_(socket)
    {
    }

    void run()
    {
        std::string line;
        while (socket_.line(line)) {
            if (!socket_.send(answer(line) + "\n"))
                break;
        }
    }

  private:
    using Words = std::vector<std::string>;

    static Words split(const std::string &line)
    {
        Words words;
        std::size_t end = 0;
        for (;;) {
            std::size_t start = line.find_first_not_of(' ', end);
            if (start == std::string::npos)
                break;
            end = line.find(' ', start);
            words.push_back(line.substr(start, end - start));
            if (end == std::string::npos)
                break;
        }
        return words;
    }

    std::string answer(const std::string &line)
    {
        static const std::map<std::string, std::string (Session::*)(const Words &)> commands = {
            {"GET", &Session::get},       {"SET", &Session::set},
            {"DEL", &Session::del},       {"SUM", &Session::sum},
            {"CHECK", &Session::check},   {"PING", &Session::ping},
            {"NULL", &Session::null},     {"THROW", &Session::bad_input},
            {"AT", &Session::at},         {"ABORT", &Session::give_up},
            {"DIVIDE", &Session::divide}, {"LOCKED", &Session::locked},
            {"NOEXCEPT", &Session::calm}, {"LOCKTHROW", &Session::lock_throw}};
        Words words = split(line);
        if (words.empty())
            return "ERR what?";
        auto found = commands.find(words[0]);
        return found == commands.end() ? "ERR what?" : (this->*found->second)(words);
    }

    std::string get(const Words &words)
    {
        std::string value;
        if (words.size() != 2)
            return "ERR GET key";
        return store_.shard(words[1]).get(words[1], value) ? "VALUE " + value : "NONE";
    }

    std::string set(const Words &words)
    {
        if (words.size() != 3)
            return "ERR SET key value";
        store_.shard(words[1]).set(words[1], words[2]);
        return "OK";
    }

    std::string del(const Words &words)
    {
        if (words.size() != 2)
            return "ERR DEL key";
        return store_.shard(words[1]).remove(words[1]) ? "OK" : "NONE";
    }

    std::string sum(const Words &)
    {
        return store_.sum();
    }
    std::string check(const Words &)
    {
        return store_.check();
    }
    std::string ping(const Words &)
    {
        return "PONG";
    }

    /* What follows are the bugs. */
    __attribute__((noinline)) std::string null(const Words &words)
    {
        const volatile int *nothing = words.size() > 1000 ? &number_ : nullptr;
        return std::to_string(*nothing);
    }
    __attribute__((noinline)) std::string bad_input(const Words &)
    {
        throw std::runtime_error("bad input");
    }
    __attribute__((noinline)) std::string at(const Words &words)
    {
        return words.at(words.size() + 6);
    }
    __attribute__((noinline)) std::string give_up(const Words &)
    {
        std::abort();
    }
    __attribute__((noinline)) std::string divide(const Words &words)
    {
        volatile int none = static_cast<int>(words.size()) - static_cast<int>(words.size());
        return std::to_string(100 / none);
    }
    __attribute__((noinline)) std::string locked(const Words &words)
    {
        store_.shard(words.back()).fault_under_lock(nullptr);
        return "OK";
    }
    __attribute__((noinline)) std::string lock_throw(const Words &words)
    {
        store_.shard(words.back()).throw_under_lock("while locked");
        return "OK";
    }
    __attribute__((noinline)) static void refuse(const std::string &why)
    {
        if (!why.empty())
            throw std::runtime_error(why);
    }
    __attribute__((noinline)) static void never_throws(const std::string &why) noexcept
    {
        refuse(why);
    }
    __attribute__((noinline)) std::string calm(const Words &words)
    {
        never_throws(words[0]);
        return "OK";
    }

    Store &store_;
    Socket socket_;
    int number_ = 0;
};

static Store store;

static void serve_client(int socket)
{
    Session(store, socket).run();
}

} // namespace kv

static int listen_on(int port)
{
    sockaddr_in here{};
    socklen_t size = sizeof here;
    int on = 1;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    here.sin_family = AF_INET;
    here.sin_port = htons(static_cast<std::uint16_t>(port));
    here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(listener, reinterpret_cast<sockaddr *>(&here), sizeof here) != 0 || listen(listener, 128) != 0 ||
        getsockname(listener, reinterpret_cast<sockaddr *>(&here), &size) != 0) {
        std::perror("threaded_server");
        std::exit(1);
    }
    std::printf("listening on %d\n", ntohs(here.sin_port));
    std::fflush(stdout);
    return listener;
}

int main(int count, char **arguments)
{
    std::signal(SIGTERM, [](int) { _exit(0); });
    int listener = listen_on(count > 1 ? std::atoi(arguments[1]) : 0);
    for (;;) {
        int client = accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
        if (client < 0)
            continue;
        int on = 1;
        setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        try {
            std::thread(kv::serve_client, client).detach();
        } catch (const std::system_error &) {
            close(client);
        }
    }
}
