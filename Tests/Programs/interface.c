// Parses options in every way that a file shows: a table, an option string, a list of words that
// one option takes, a variable.
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int flag;

static const struct option table[] = {
    {"plain", no_argument, NULL, 'p'},
    {"needs", required_argument, NULL, 'n'},
    {"may", optional_argument, NULL, 256},
    {"sets", no_argument, &flag, 7},
    {"-hidden", no_argument, NULL, 257},
    {NULL, 0, NULL, 0},
};

// Looks like a table, and is none: no end, a name that is a sentence, a name nowhere, a name that
// is the table itself.
struct option endless[] = {{"endless", 1, NULL, 1}, {"not a name", 1, NULL, 2}};
struct option wild[] = {{(const char *)&endless, 1, NULL, 1}, {NULL, 0, NULL, 0}};
struct option cyclic[] = {{(const char *)cyclic, 0, (int *)cyclic, 1}, {NULL, 0, NULL, 0}};

static const char *const kinds[] = {"round", "square", NULL};

// Of strings that end alike a linker keeps the longest.
static const char *volatile commands[] = {"untangle", "tangle", "rewinding"};

__attribute__((noinline)) int match(
    const char *option, const char *value, const char *const *words) {
    for (int index = 0; words[index]; index++)
        if (value && !strcmp(words[index], value)) return index;
    fprintf(stderr, "bad value for %s\n", option);
    return -1;
}

int main(int count, char **words) {
    int found = 0, letter;
    if (getenv("INTERFACE_MODE")) found++;
    if (count > 1 && match(words[1], "winding", (const char *const[]){commands[2], NULL}) > 0) found++;
    while ((letter = getopt_long(count, words, "pn:x::Q", table, NULL)) != -1) {
        if (letter == 'n') found += match("--needs", optarg, kinds);
        if (letter == '?') return 2;
        found += letter;
    }
    return endless[0].val + wild[0].val + cyclic[0].val + found == 0;
}
