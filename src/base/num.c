/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers as text. Metric histories are mostly doubles, and printf("%.17g") is slow and not the
 * shortest, so the digits are found here, by the method of R. Giulietti's paper "The Schubfach way
 * to render doubles" (2020): scale the double and the two borders of its rounding interval by one
 * power of ten, and look which of at most four candidates lie between the borders. One 128-bit
 * power of ten decides every case exactly: there is no fallback. The paper keeps 617 such powers;
 * here each is the product of one of 23 and of a small power of five. */
#include "base/num.h"

#include <assert.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

/* ISO C has no name for it; gcc and clang do on every 64-bit machine. */
__extension__ typedef unsigned __int128 rs_u128;

enum {
    SIGNIFICAND_BITS = 52, /* as stored; a normal double has one more, which is 1 */
    EXPONENT_BIAS = 1075,  /* takes the stored exponent to that of the significand's lowest bit */
    POWER_FIRST = -292,    /* exponent of the first row of POWERS */
    POWER_STEP = 27,       /* from row to row; 64 bits hold 5^27 and no more */
    DIGITS_MAX = 20,       /* of an unsigned 64-bit number */
    FIXED_FROM = -4,       /* repr writes an exponent where the first digit is below 10^-4 ... */
    FIXED_TO = 16,         /* ... or for 10^16 and more */
};

struct power {
    uint64_t high;
    uint64_t low;
};

/* The first 128 bits of 10^e, rounded up, for e = -292, -265, ... 302. */
static const struct power POWERS[] = {
    {0xFF77B1FCBEBCDC4F, 0x25E8E89C13BB0F7B}, /* 10^-292 */
    {0xCE5D73FF402D98E3, 0xFB0A3D212DC81290}, /* 10^-265 */
    {0xA6B34AD8C9DFC06F, 0xF42FAA48C0EA481F}, /* 10^-238 */
    {0x86A8D39EF77164BC, 0xAE5DFF9C02033198}, /* 10^-211 */
    {0xD98DDAEE19068C76, 0x3BADD624DD9B0958}, /* 10^-184 */
    {0xAFBD2350644EEACF, 0xE5D1929EF90898FB}, /* 10^-157 */
    {0x8DF5EFABC5979C8F, 0xCA8D3FFA1EF463C2}, /* 10^-130 */
    {0xE55990879DDCAABD, 0xCC420A6A101D0516}, /* 10^-103 */
    {0xB94470938FA89BCE, 0xF808E40E8D5B3E6A}, /* 10^-76 */
    {0x95A8637627989AAD, 0xDDE7001379A44AA9}, /* 10^-49 */
    {0xF1C90080BAF72CB1, 0x5324C68B12DD6339}, /* 10^-22 */
    {0xC350000000000000, 0x0000000000000000}, /* 10^5 */
    {0x9DC5ADA82B70B59D, 0xF020000000000000}, /* 10^32 */
    {0xFEE50B7025C36A08, 0x02F236D04753D5B5}, /* 10^59 */
    {0xCDE6FD5E09ABCF26, 0xED4C0226B55E6F87}, /* 10^86 */
    {0xA6539930BF6BFF45, 0x84DB8346B786151D}, /* 10^113 */
    {0x865B86925B9BC5C2, 0x0B8A2392BA45A9B3}, /* 10^140 */
    {0xD910F7FF28069DA4, 0x1B2BA1518094DA05}, /* 10^167 */
    {0xAF58416654A6BABB, 0x387AC8D1970027B3}, /* 10^194 */
    {0x8DA471A9DE737E24, 0x5CEAECFED289E5D3}, /* 10^221 */
    {0xE4D5E82392A40515, 0x0FABAF3FEAA5334B}, /* 10^248 */
    {0xB8DA1662E7B00A17, 0x3D6A751F3B936244}, /* 10^275 */
    {0x95527A5202DF0CCB, 0x0F37801E0C43EBC9}, /* 10^302 */
};

/* 5^0 to 5^26, in rows by hand: else each would get its line. */
/* clang-format off */
static const uint64_t FIVES[POWER_STEP] = {
    1, 5, 25, 125, 625, 3125, 15625, 78125, 390625, 1953125, 9765625, 48828125, 244140625,
    1220703125, 6103515625, 30517578125, 152587890625, 762939453125, 3814697265625,
    19073486328125, 95367431640625, 476837158203125, 2384185791015625, 11920928955078125,
    59604644775390625, 298023223876953125, 1490116119384765625,
};
/* clang-format on */

/* "00" to "99": two digits a division. */
static const char PAIRS[] = "0001020304050607080910111213141516171819"
                            "2021222324252627282930313233343536373839"
                            "4041424344454647484950515253545556575859"
                            "6061626364656667686970717273747576777879"
                            "8081828384858687888990919293949596979899";

/* digits * 10^exponent */
struct decimal {
    uint64_t digits;
    int exponent;
};

/* Writes eight digits, leading zeros too: pairs that do not wait for each other. */
static void write_eight(uint32_t v, char *out)
{
    const uint32_t high = v / 10000;
    const uint32_t low = v % 10000;

    memcpy(out, PAIRS + (size_t)(high / 100) * 2, 2);
    memcpy(out + 2, PAIRS + (size_t)(high % 100) * 2, 2);
    memcpy(out + 4, PAIRS + (size_t)(low / 100) * 2, 2);
    memcpy(out + 6, PAIRS + (size_t)(low % 100) * 2, 2);
}

/* Writes v in decimal so that it ends before `end`, which has DIGITS_MAX bytes in front of it;
 * returns its start. */
static char *write_digits(uint64_t v, char *end)
{
    while (v >= 100000000) {
        end -= 8;
        write_eight((uint32_t)(v % 100000000), end);
        v /= 100000000;
    }
    uint32_t rest = (uint32_t)v;
    while (rest >= 100) {
        end -= 2;
        memcpy(end, PAIRS + (size_t)(rest % 100) * 2, 2);
        rest /= 100;
    }
    if (rest >= 10) {
        end -= 2;
        memcpy(end, PAIRS + (size_t)rest * 2, 2);
        return end;
    }
    *--end = (char)('0' + rest);
    return end;
}

size_t rs_i64_text(int64_t v, char *out)
{
    char text[1 + DIGITS_MAX];
    char *const end = text + sizeof text;
    char *start = write_digits(v < 0 ? 0 - (uint64_t)v : (uint64_t)v, end);

    if (v < 0) {
        *--start = '-';
    }
    const size_t n = (size_t)(end - start);
    memcpy(out, start, n);
    return n;
}

/* floor(log2(10^e)) for |e| <= 1233. The shift of a negative number rounds down, as gcc and clang
 * define it. */
static int log2_of_pow10(int e)
{
    return (e * 1741647) >> 19;
}

/* floor(log10(2^e)), and where `closer` is 1 floor(log10(3/4 * 2^e)), for |e| <= 1500. */
static int log10_of_pow2(int e, int closer)
{
    return (e * 1262611 - closer * 524031) >> 22;
}

/* The first 128 bits of 10^e for e from -292 to 324, with an excess of more than 0 and less than 3:
 * the method wants it above the true value, by less than 4. */
static struct power power_of_ten(int e)
{
    const int row = (e - POWER_FIRST) / POWER_STEP;
    const int base = POWER_FIRST + row * POWER_STEP;
    const uint64_t five = FIVES[e - base];
    /* 10^e = 10^base * 5^n * 2^n: the product has up to 61 bits too many. */
    const int extra = log2_of_pow10(e) - log2_of_pow10(base) - (e - base);
    const rs_u128 low = (rs_u128)POWERS[row].low * five;
    const rs_u128 high = (rs_u128)POWERS[row].high * five + (uint64_t)(low >> 64);
    const rs_u128 power = (high << (64 - extra) | (uint64_t)low >> extra) + 1;

    return (struct power){(uint64_t)(power >> 64), (uint64_t)power};
}

/* floor(g * v / 2^128), with the lowest bit set where that is not exact: enough to compare with.
 * The excess of g adds less than 2^-67 to the product, and no product that matters lies nearer than
 * 2^-63 to a whole number without being one, so the upper half of the fraction decides. */
static uint64_t scale(struct power g, uint64_t v)
{
    const rs_u128 low = (rs_u128)g.low * v;
    const rs_u128 high = (rs_u128)g.high * v + (uint64_t)(low >> 64);

    return (uint64_t)(high >> 64) | ((uint64_t)high != 0);
}

/* The shortest decimal that reads back as c * 2^q, and of several the one nearest to it. `closer`
 * is 1 where the double below is only half as far as the one above: at powers of two. */
static struct decimal shortest(uint64_t c, int q, int closer)
{
    const int k = log10_of_pow2(q, closer);
    const int shift = q + log2_of_pow10(-k) + 1;
    const struct power g = power_of_ten(-k);
    const uint64_t odd = c & 1; /* the borders themselves read back as c where c is even */

    /* All in quarters of 10^k: the value, and the least and the most that read back as it. */
    const uint64_t value = scale(g, c << 2 << shift);
    const uint64_t least = scale(g, ((c << 2) - 2 + (uint64_t)closer) << shift) + odd;
    const uint64_t most = scale(g, ((c << 2) + 2) << shift) - odd;
    const uint64_t below = value >> 2;

    /* One digit less: at most one multiple of 10^(k+1) lies between the borders. */
    const uint64_t tens = below / 10 * 10;
    const bool tens_fit = least <= tens << 2;
    const bool next_tens_fit = (tens + 10) << 2 <= most;
    if (below >= 10 && tens_fit != next_tens_fit) {
        return (struct decimal){tens_fit ? tens : tens + 10, k};
    }
    const bool below_fits = least <= below << 2;
    const bool above_fits = (below + 1) << 2 <= most;
    if (below_fits != above_fits) {
        return (struct decimal){below_fits ? below : below + 1, k};
    }
    const uint64_t middle = below * 4 + 2;
    const bool up = value > middle || (value == middle && (below & 1) == 1);
    return (struct decimal){below + up, k};
}

/* 0.000ddd */
static size_t write_fraction(const char *digits, size_t n, size_t zeros, char *out)
{
    memcpy(out, "0.000", 5);
    memcpy(out + 2 + zeros, digits, n);
    return 2 + zeros + n;
}

/* ddd.ddd or ddd000.0, where `whole` digits stand before the point. */
static size_t write_fixed(const char *digits, size_t n, size_t whole, char *out)
{
    if (whole < n) {
        memcpy(out, digits, whole);
        out[whole] = '.';
        memcpy(out + whole + 1, digits + whole, n - whole);
        return n + 1;
    }
    memcpy(out, digits, n);
    memset(out + n, '0', whole - n);
    memcpy(out + whole, ".0", 2);
    return whole + 2;
}

/* d.ddde-05: at least two digits of the exponent, and its sign always. */
static size_t write_scientific(const char *digits, size_t n, int exponent, char *out)
{
    const unsigned size = (unsigned)(exponent < 0 ? -exponent : exponent);
    size_t at = 1;

    out[0] = digits[0];
    if (n > 1) {
        out[1] = '.';
        memcpy(out + 2, digits + 1, n - 1);
        at = n + 1;
    }
    out[at++] = 'e';
    out[at++] = exponent < 0 ? '-' : '+';
    if (size >= 100) {
        out[at++] = (char)('0' + size / 100);
    }
    memcpy(out + at, PAIRS + size % 100 * 2, 2);
    return at + 2;
}

static size_t write_decimal(struct decimal d, char *out)
{
    char text[DIGITS_MAX];
    const char *const digits = write_digits(d.digits, text + sizeof text);
    size_t n = (size_t)(text + sizeof text - digits);
    const int first = d.exponent + (int)n - 1; /* what the first digit stands for is 10^first */

    while (n > 1 && digits[n - 1] == '0') {
        n--;
    }
    if (first < FIXED_FROM || first >= FIXED_TO) {
        return write_scientific(digits, n, first, out);
    }
    if (first < 0) {
        return write_fraction(digits, n, (size_t)(-first - 1), out);
    }
    return write_fixed(digits, n, (size_t)first + 1, out);
}

/* Tries v as a number of millionths. Two decimals of up to 15 digits never read back as the same
 * double, so one that reads back as v is the shortest, zeros at its end aside. The division is the
 * reading back: both of its operands are exact. Settings and rounded results ("0.001", "98.6") end
 * here, at half the price. */
static bool find_millionths(double v, struct decimal *out)
{
    const double scaled = v * 1e6 + 0.5;

    if (scaled >= 1e15) {
        return false;
    }
    *out = (struct decimal){(uint64_t)scaled, -6};
    return (double)out->digits / 1e6 == v;
}

static struct decimal decimal_of(double v)
{
    struct decimal d;
    uint64_t bits = 0;

    if (find_millionths(v, &d)) {
        return d;
    }
    memcpy(&bits, &v, sizeof bits);
    const int stored = (int)(bits >> SIGNIFICAND_BITS);
    const uint64_t fraction = bits & ((1ull << SIGNIFICAND_BITS) - 1);
    if (stored == 0) {
        return shortest(fraction, 1 - EXPONENT_BIAS, 0);
    }
    return shortest(fraction | 1ull << SIGNIFICAND_BITS, stored - EXPONENT_BIAS,
                    fraction == 0 && stored > 1);
}

size_t rs_f64_text(double v, char *out)
{
    const bool negative = signbit(v) != 0;
    const double size = fabs(v);

    assert(isfinite(v));
    out[0] = '-';
    out += negative;
    /* A whole number below 2^53 is its own shortest form. */
    if (size < 9007199254740992.0 && size == (double)(uint64_t)size) {
        const size_t n = rs_i64_text((int64_t)size, out);

        memcpy(out + n, ".0", 2);
        return negative + n + 2;
    }
    return negative + write_decimal(decimal_of(size), out);
}
