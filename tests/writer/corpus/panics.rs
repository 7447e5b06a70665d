// SPDX-License-Identifier: MIT
// Panics that end a process, for the corpus of signatures: panics WAY.

// std::hint::black_box is not in Debian's 1.63.
fn black_box<T>(value: T) -> T {
    unsafe {
        let read = std::ptr::read_volatile(&value);
        std::mem::forget(value);
        read
    }
}

#[inline(never)]
fn parse(fields: &[i32], at: usize) -> i32 {
    fields[at]
}

#[inline(never)]
fn setting(name: Option<i32>) -> i32 {
    name.expect("config missing")
}

#[inline(never)]
fn port(text: &str) -> i32 {
    text.parse().unwrap()
}

#[inline(never)]
fn join(id: i32) -> i32 {
    if black_box(true) {
        panic!("match {} is over", id);
    }
    id
}

struct Torn;
impl Drop for Torn {
    #[inline(never)]
    fn drop(&mut self) {
        if black_box(true) {
            panic!("torn twice");
        }
    }
}

#[inline(never)]
fn tear() -> i32 {
    let _torn = Torn;
    join(3)
}

fn main() {
    let way = std::env::args().nth(1).unwrap_or_default();
    let sum = match way.as_str() {
        "parse" => parse(black_box(&[1, 2, 3]), black_box(7)),
        "setting" => setting(black_box(None)),
        "port" => port(black_box("http")),
        "join" => join(black_box(3)),
        "tear" => tear(),
        "thread" => std::thread::spawn(|| join(black_box(3))).join().unwrap_or(1),
        _ => 2,
    };
    std::process::exit(sum);
}
