/**
 * A program the contract compiles in each executor, for what a shell cannot ask: raw system calls, memory, processes.
 * Standard library alone. Every bounded attack has a bound of its own, so that a sandbox that fails harms nobody.
 */
export const PROBE_SOURCE = String.raw`
use std::io::Write;
use std::net::{TcpStream, ToSocketAddrs};
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixListener, UnixStream};
use std::time::Duration;

extern "C" {
    fn fork() -> i32;
    fn syscall(number: i64, ...) -> i64;
}

fn say(text: &str) {
    println!("{text}");
    std::io::stdout().flush().unwrap();
}

fn forever() -> ! {
    loop {
        std::thread::sleep(Duration::from_secs(1));
    }
}

fn number(text: &str) -> i64 {
    match text.strip_prefix("0x") {
        Some(hex) => i64::from_str_radix(hex, 16).unwrap(),
        None => text.parse().unwrap(),
    }
}

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match args[0].as_str() {
        // Starts up to so many processes, and tries again for ever when it is refused.
        "fork" => {
            let mut left = number(&args[1]);
            while left > 0 {
                match unsafe { fork() } {
                    0 => forever(),
                    -1 => std::thread::sleep(Duration::from_millis(20)),
                    _ => left -= 1,
                }
            }
            say("all forked");
            forever()
        }
        // Takes up to so many MiB, then keeps them.
        "allocate" => {
            let mut kept = Vec::new();
            for _ in 0..number(&args[1]) {
                let mut block = vec![0u8; 1 << 20];
                for page in block.chunks_mut(4096) {
                    page[0] = 1;
                }
                kept.push(block);
            }
            say("all allocated");
            forever()
        }
        "connect" => {
            let address = args[1].to_socket_addrs().ok().and_then(|mut found| found.next());
            let open = address.is_some_and(|to| TcpStream::connect_timeout(&to, Duration::from_secs(5)).is_ok());
            say(if open { "connected" } else { "refused" });
        }
        "abstract" => {
            let to = SocketAddr::from_abstract_name(args[1].as_bytes()).unwrap();
            say(if UnixStream::connect_addr(&to).is_ok() { "connected" } else { "refused" });
        }
        // Listens at an abstract name for ever.
        "listen" => {
            let _listener = UnixListener::bind_addr(&SocketAddr::from_abstract_name(args[1].as_bytes()).unwrap()).unwrap();
            say("listening");
            forever()
        }
        // Numbers, arguments: prints the error's number, or "ok".
        "syscall" => {
            let mut given = args[1..].iter().map(|text| number(text));
            let (n, a) = (given.next().unwrap(), [0i64; 6].map(|zero| given.next().unwrap_or(zero)));
            let result = unsafe { syscall(n, a[0], a[1], a[2], a[3], a[4], a[5]) };
            let error = std::io::Error::last_os_error().raw_os_error();
            say(&if result < 0 { error.unwrap_or(0).to_string() } else { "ok".to_string() });
        }
        // getpid by the 32-bit entry of a 64-bit processor.
        #[cfg(target_arch = "x86_64")]
        "ia32" => {
            let mut result: u64 = 20;
            unsafe { std::arch::asm!("int 0x80", inout("rax") result) };
            say(&format!("ok {result}"));
        }
        other => panic!("what is {other}?"),
    }
}
`;
