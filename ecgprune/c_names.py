"""Which names the user may give to generated C: `check_name` is the one judge of them.

A model named `ecg` becomes ecg.c and ecg.h, defines the type `ecg_t`, functions and constants that begin with `ecg_`,
and macros that begin with `ECG_`. Each of these can collide with what an image already holds.
"""

from __future__ import annotations

import re

from ecgprune.errors import CodegenError

__all__ = ["LONGEST", "check_name", "name_problem"]

LONGEST = 31
"""Most characters of a name: C99 tells external identifiers apart by 31."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# of C99, C11 and C23, then of C++, as the headers serve C++ as well
_KEYWORDS = _words("""
    auto break case char const continue default do double else enum extern float for goto if inline int long
    register restrict return short signed sizeof static struct switch typedef union unsigned void volatile while
    alignas alignof bool constexpr false nullptr static_assert thread_local true typeof typeof_unqual asm fortran
    and and_eq bitand bitor catch char8_t char16_t char32_t class co_await co_return co_yield compl concept
    const_cast consteval constinit decltype delete dynamic_cast explicit export friend mutable namespace new
    noexcept not not_eq operator or or_eq private protected public reinterpret_cast requires static_cast template
    this throw try typeid typename using virtual wchar_t xor xor_eq
""")

# the C standard library's, then POSIX's, newlib's and the compiler's
_HEADERS = _words("""
    assert complex ctype errno fenv float inttypes iso646 limits locale math setjmp signal stdalign stdarg stdatomic
    stdbit stdbool stdckdint stddef stdint stdio stdlib stdnoreturn string tgmath threads time uchar wchar wctype
    aio alloca ar argz byteswap cpio dirent dlfcn elf endian envlock envz fastmath fcntl features fmtmsg fnmatch ftw
    getopt glob grp iconv ieeefp langinfo libgen malloc memory monetary mqueue ndbm netdb newlib obstack paths poll
    pthread pwd reent regdef regex sched search semaphore sgtty spawn stab strings stropts syslog tar termios trace
    tzfile ulimit unctrl unistd utime utmp utmpx values varargs wordexp xlocale devctl gcov mmintrin stdfix
    stdio_ext syslimits unwind
""")

# <name>_t: stdint.h, stddef.h, the rest of C, POSIX, then CMSIS
_TYPES = _words("""
    int8 int16 int32 int64 uint8 uint16 uint32 uint64 int_least8 int_least16 int_least32 int_least64 uint_least8
    uint_least16 uint_least32 uint_least64 int_fast8 int_fast16 int_fast32 int_fast64 uint_fast8 uint_fast16
    uint_fast32 uint_fast64 intptr uintptr intmax uintmax size ssize rsize ptrdiff wchar nullptr max_align char8
    char16 char32 wint wctrans wctype mbstate fpos time clock clockid timer div ldiv lldiv imaxdiv sig_atomic fenv
    fexcept double once_flag cnd mtx thrd tss errno off pid uid gid id dev ino mode nlink key blkcnt blksize
    fsblkcnt fsfilcnt useconds suseconds pthread sem sigset stack ucontext mqd regex regmatch regoff locale socklen
    in_addr in_port glob nfds sbintime sig siginfo u_register register u_int8 u_int16 u_int32 u_int64 quad caddr
    daddr q7 q15 q31 q63 float16 float32 float64
""")

_FUNCTIONS = _words("""
    abort abs acos acosh asctime asin asinh atan atan2 atanh atexit atof atoi atol atoll bsearch calloc cbrt ceil
    clearerr clock copysign cos cosh ctime difftime div erf erfc exit exp exp2 expm1 fabs fclose fdim feof ferror
    fflush fgetc fgetpos fgets floor fma fmax fmin fmod fopen fprintf fputc fputs fread free freopen frexp fscanf
    fseek fsetpos ftell fwrite getc getchar getenv gets gmtime hypot ilogb index isalnum isalpha isblank iscntrl
    isdigit isgraph islower isprint ispunct isspace isupper isxdigit labs ldexp ldiv lgamma llabs lldiv llrint
    llround localeconv localtime log log10 log1p log2 logb longjmp lrint lround malloc mblen memchr memcmp memcpy
    memmove memset mktime modf nan nearbyint nextafter perror pow printf putc putchar puts qsort raise rand realloc
    remainder remove remquo rename rewind rint rindex round scalbln scalbn scanf setbuf setjmp setlocale setvbuf
    signal sin sinh snprintf sprintf sqrt srand sscanf strcat strchr strcmp strcoll strcpy strcspn strdup strerror
    strftime strlen strncat strncmp strncpy strpbrk strrchr strspn strstr strtod strtof strtok strtol strtoll
    strtoul strtoull strxfrm system tan tanh tgamma tmpfile tmpnam tolower toupper trunc ungetc vfprintf vprintf
    vsnprintf vsprintf accept bind close connect creat dup environ execve fork fstat fsync getpid ioctl isatty kill
    link listen lseek mkdir open pipe read recv select send socket stat sync times unlink usleep sleep wait write y0
    y1 yn j0 j1 jn
""")

_PREFIXES = {"ecgp": "ecgprune's own", "arm_": "CMSIS's and the compiler's", "pthread_": "POSIX's"}

_OURS = _words("""
    main bare host semihosting startup uart uart_cmsdk uart_driver uart_host uart_nrf51 uart_pl011 uart_sci_b
    uart_sercom uart_stm32 uart_stm32_isr counter fault stack empty trace status port stub arena vectors harness
""")
"""Files of ecgprune's firmware, and of a drop-in folder, that do not begin with ecgp_."""


def check_name(name: str) -> None:
    """Refuses a name that generated C cannot carry.

    Args:
        name: the C prefix of a model.

    Raises:
        CodegenError: `name` is no lower-case C identifier, or it collides with C, its library or ecgprune's files.
    """
    problem = name_problem(name)
    if problem is not None:
        raise CodegenError(problem)


def name_problem(name: str) -> str | None:
    """Why `check_name` refuses `name`, in one line; None where it does not."""
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name) or name.startswith("ecgp_"):
        wanted = "lower-case letters, digits and _, not starting with a digit, _ or ecgp_"
        return f"model name is {name!r}, expected {wanted}"
    if len(name) > LONGEST:
        return f"model name is {name!r}, of {len(name)} characters, expected at most {LONGEST}"
    if "__" in name or name.endswith("_"):
        return f"model name is {name!r}; two _ in a row are reserved in C++, and _ cannot be its last character"
    found = _collision(name)
    return None if found is None else f"model name is {name!r}, {found}; choose another, such as 'ecg' or 'my_{name}'"


def _collision(name: str) -> str | None:
    for prefix, owner in _PREFIXES.items():
        if name.startswith(prefix):
            return f"but names that start with {prefix} are {owner}"
    if name in _KEYWORDS:
        return "which is a keyword of C or C++"
    if name in _TYPES:
        return f"but {name}_t is a type of the C library or of CMSIS"
    if name in _HEADERS:
        return f"but {name}.h is a header of the C library"
    if name in _FUNCTIONS:
        return f"but {name}() is a function of the C library"
    if name in _OURS:
        return f"but ecgprune's firmware has files named {name}"
    return None
