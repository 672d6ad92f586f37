// The toolchain's libFuzzer is built for glibc 2.38, whose C23 variants of these functions differ
// in one prefix of binary numbers. Weak, so that a C library that has them wins.
#include <locale.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <wchar.h>

#define WEAK __attribute__((weak))

extern long long strtoll_l(const char *, char **, int, locale_t);
extern unsigned long long strtoull_l(const char *, char **, int, locale_t);

#define NUMBER(result, name, character)                                                  \
    WEAK result __isoc23_##name(const character *text, character **end, int base) {      \
        return name(text, end, base);                                                    \
    }
NUMBER(long, strtol, char)
NUMBER(long long, strtoll, char)
NUMBER(unsigned long, strtoul, char)
NUMBER(unsigned long long, strtoull, char)
NUMBER(long, wcstol, wchar_t)
NUMBER(long long, wcstoll, wchar_t)
NUMBER(unsigned long, wcstoul, wchar_t)
NUMBER(unsigned long long, wcstoull, wchar_t)

WEAK long long __isoc23_strtoll_l(const char *text, char **end, int base, locale_t locale) {
    return strtoll_l(text, end, base, locale);
}

WEAK unsigned long long __isoc23_strtoull_l(
    const char *text, char **end, int base, locale_t locale) {
    return strtoull_l(text, end, base, locale);
}

WEAK int __isoc23_vsscanf(const char *text, const char *format, va_list arguments) {
    return vsscanf(text, format, arguments);
}

WEAK int __isoc23_sscanf(const char *text, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    int count = vsscanf(text, format, arguments);
    va_end(arguments);
    return count;
}
