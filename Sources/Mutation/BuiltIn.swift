import TestCases

/// Words and values that suit any program on Linux.
enum BuiltIn {
    /// Where counters, sizes and file descriptors change their kind.
    static let numbers: [Bytes] = texts([
        "0", "1", "-1", "2", "3", "7", "8", "10", "16", "80", "100", "127", "128", "255", "256",
        "1000", "1024", "4096", "32767", "32768", "65535", "65536", "1000000", "2147483647",
        "2147483648", "-2147483648", "4294967295", "4294967296", "9223372036854775807",
        "-9223372036854775808", "18446744073709551615", "18446744073709551616", "0x10", "0777",
        "1k", "1K", "10M", "1G", "1.5", "1e9", "nan", "inf", "+1", "00",
    ])

    static let paths: [Bytes] = texts([
        ".", "..", "/", "./", "-", "/dev/null", "/dev/full", "/dev/zero", "/dev/tty", "/dev/stdin",
        "/dev/stdout", "/dev/fd/0", "/etc/passwd", "/proc/self/exe", "/proc/self/status",
        "/proc/self/fd", "/tmp", "/usr/bin", "missing", "missing/file", ":memory:",
    ])

    static let hosts: [Bytes] = texts([
        "localhost", "127.0.0.1", "::1", "[::1]:80", "0.0.0.0", "localhost:80", "missing.invalid",
        "http://localhost/", "unix:/tmp/socket", "256.1.1.1",
    ])

    /// Programs that every machine has: one that copies its input, one that computes, one that
    /// fails.
    static let programs: [Bytes] = texts(["cat", "gzip", "false"])

    /// What ends a command line among arguments, behind the place for a path: once for each, or
    /// for as many as there are.
    static let commandLineEnds: [[Bytes]] = [texts(["{}", ";"]), texts(["{}", "+"])]

    static let keywords: [Bytes] = texts([
        "auto", "always", "never", "yes", "no", "on", "off", "true", "false", "none", "all",
        "default", "list", "help", "full", "C", "UTF-8", "*", "%", "%s", "a=b", "a:b", "a,b", "\\n",
    ])

    static let lines: [Bytes] = texts([
        "y", "n", "q", "quit", "exit", "help", "?", "1", "0", "a b c", "a,b,c", "a=1", "# comment",
        "{\"a\":[1,2]}", "<a>b</a>", "[section]", "!id", "\t", "\u{7f}", "é",
    ])

    struct Variable: Sendable {
        let name: Bytes
        let values: [Bytes]
    }

    /// Variables that the dynamic loader and the C library read, and that many programs do.
    static let variables: [Variable] = [
        ("LANG", ["C", "C.UTF-8", "en_US.UTF-8", "de_DE", "xx_YY", ""]),
        ("LC_ALL", ["C", "POSIX", "C.UTF-8", "en_US.UTF-8", "ja_JP.eucJP", "/tmp"]),
        ("LC_CTYPE", ["C.UTF-8", "xx"]), ("LC_MESSAGES", ["de", "C.UTF-8"]),
        ("LC_COLLATE", ["C", "en_US"]), ("LC_TIME", ["de_DE"]), ("LC_NUMERIC", ["de_DE"]),
        ("LANGUAGE", ["de:fr", "xx"]), ("TZ", ["UTC", "Europe/Berlin", ":/etc/localtime", "X3Y"]),
        ("TZDIR", ["/tmp", "/missing"]), ("TMPDIR", [".", "/tmp", "/missing", "/proc"]),
        ("HOME", [".", "/", "/missing", ""]), ("PATH", ["", ".", "/bin", "/usr/bin:/bin"]),
        ("PWD", [".", "/", "/missing"]), ("SHELL", ["/bin/sh", "/missing"]),
        ("TERM", ["dumb", "xterm", "xterm-256color", "linux", "missing", ""]),
        ("TERMINFO", [".", "/missing"]), ("COLUMNS", ["0", "1", "80", "-1", "99999999"]),
        ("LINES", ["0", "1", "24", "-1"]), ("NO_COLOR", ["1"]), ("CLICOLOR_FORCE", ["1"]),
        ("COLORTERM", ["truecolor"]), ("POSIXLY_CORRECT", ["", "1"]),
        ("PAGER", ["cat", "/missing", ""]), ("EDITOR", ["true", "/missing"]),
        ("VISUAL", ["true"]), ("USER", ["root", "nobody", ""]), ("LOGNAME", ["root"]),
        ("DISPLAY", [":0", ""]), ("XDG_CONFIG_HOME", [".", "/missing"]), ("XDG_CACHE_HOME", ["."]),
        ("NLSPATH", ["%L/%N", "/missing"]), ("LOCPATH", [".", "/missing"]),
        ("CHARSET", ["UTF-8"]), ("RES_OPTIONS", ["debug"]), ("LOCALDOMAIN", ["a.b"]),
        ("HOSTALIASES", ["a"]), ("GCONV_PATH", [".", "/missing"]),
        (
            "GLIBC_TUNABLES",
            [
                "glibc.malloc.check=3", "glibc.malloc.mmap_threshold=1",
                "glibc.malloc.tcache_count=0", "glibc.malloc.arena_max=1",
                "glibc.malloc.hugetlb=1", "glibc.pthread.rseq=0", "glibc.rtld.nns=1", "a=b",
            ]
        ),
        ("MALLOC_ARENA_MAX", ["1"]), ("MALLOC_TOP_PAD_", ["0", "67108864"]),
        ("MALLOC_PERTURB_", ["1"]), ("LD_BIND_NOW", ["1"]), ("LD_BIND_NOT", ["1"]),
        ("LD_DEBUG", ["help", "all", "statistics", "xx"]), ("LD_DEBUG_OUTPUT", ["debug"]),
        ("LD_LIBRARY_PATH", [".", "/missing", "/lib:/usr/lib", ""]),
        ("LD_PRELOAD", ["missing.so", "libm.so.6", ""]), ("LD_AUDIT", ["missing.so"]),
        ("LD_PROFILE", ["libc.so.6"]), ("LD_PROFILE_OUTPUT", ["."]), ("LD_SHOW_AUXV", ["1"]),
        ("LD_TRACE_LOADED_OBJECTS", ["1"]), ("LD_WARN", ["1"]), ("LD_VERBOSE", ["1"]),
        ("LD_DYNAMIC_WEAK", ["1"]), ("LD_HWCAP_MASK", ["0"]), ("LD_ORIGIN_PATH", ["."]),
    ].map { name, values in Variable(name: Bytes(name.utf8), values: texts(values)) }

    /// Variables that take effect together.
    static let settings: [[(name: Bytes, value: Bytes)]] = [
        [("LD_DEBUG", "all"), ("LD_DEBUG_OUTPUT", "debug")],
        [("LD_PROFILE", "libc.so.6"), ("LD_PROFILE_OUTPUT", ".")],
        [("LANG", "C.UTF-8"), ("GCONV_PATH", "/missing")],
    ].map { $0.map { (name: Bytes($0.0.utf8), value: Bytes($0.1.utf8)) } }

    private static let valuesByName: [Bytes: [Bytes]] = Dictionary(
        uniqueKeysWithValues: variables.map { ($0.name, $0.values) })

    /// The values that are known to matter for the variable; empty for one that is not listed.
    static func values(of name: Bytes) -> [Bytes] { valuesByName[name] ?? [] }

    private static func texts(_ texts: [String]) -> [Bytes] { texts.map { Bytes($0.utf8) } }
}
