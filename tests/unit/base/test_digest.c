/* SPDX-License-Identifier: Apache-2.0 */
/* Hashes and codings, by the examples of their standards. */
#include "base/digest.h"

#include "base/expect.h"

static struct rs_arena arena;

/* The digest of `text` put `times` times, in hexadecimal. */
static struct rs_str hash(enum rs_digest_kind kind, struct rs_str text, int times)
{
    unsigned char out[RS_SHA256_LEN];
    struct rs_digest *d = rs_digest_new(kind);

    for (int i = 0; i < times; i++) {
        rs_digest_add(d, text.p, text.n);
    }
    rs_digest_end(d, out);
    rs_digest_free(d);
    return rs_hex(&arena, out, kind == RS_DIGEST_MD5 ? RS_MD5_LEN : RS_SHA256_LEN);
}

START_TEST(sha256_gives_the_digests_of_fips_180)
{
    ck_assert_text(hash(RS_DIGEST_SHA256, (struct rs_str){NULL, 0}, 1),
                   "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    ck_assert_text(hash(RS_DIGEST_SHA256, RS_STR("abc"), 1),
                   "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    ck_assert_text(hash(RS_DIGEST_SHA256, RS_STR("aaaaaaaaaa"), 100000),
                   "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
    ck_assert_text(rs_sha256_hex(&arena, RS_STR("abc")),
                   "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    ck_assert_text(rs_sha256_hex(&arena, (struct rs_str){NULL, 0}),
                   "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    rs_digest_free(NULL);
}
END_TEST

START_TEST(md5_gives_the_digests_of_rfc_1321)
{
    ck_assert_text(hash(RS_DIGEST_MD5, RS_STR(""), 1), "d41d8cd98f00b204e9800998ecf8427e");
    ck_assert_text(hash(RS_DIGEST_MD5, RS_STR("message digest"), 1),
                   "f96b697d7cb7938d525a2f31aaf161d0");
}
END_TEST

static struct rs_str hmac(struct rs_str key, struct rs_str text)
{
    unsigned char out[RS_SHA256_LEN];

    rs_hmac_sha256(key, text, out);
    return rs_hex(&arena, out, sizeof out);
}

START_TEST(hmac_gives_the_codes_of_rfc_4231)
{
    char key[131];

    memset(key, 0x0b, 20);
    ck_assert_text(hmac((struct rs_str){key, 20}, RS_STR("Hi There")),
                   "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
    ck_assert_text(hmac(RS_STR("Jefe"), RS_STR("what do ya want for nothing?")),
                   "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    memset(key, 0xaa, sizeof key);
    ck_assert_text(hmac((struct rs_str){key, sizeof key},
                        RS_STR("Test Using Larger Than Block-Size Key - Hash Key First")),
                   "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}
END_TEST

START_TEST(an_empty_key_is_a_key_of_no_bytes_whatever_came_before)
{
    static const char
        *const want = "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad";

    hmac(RS_STR("another key"), RS_STR("another text"));
    ck_assert_text(hmac(RS_STR(""), RS_STR("")), want);
    ck_assert_text(hmac((struct rs_str){NULL, 0}, (struct rs_str){NULL, 0}), want);
}
END_TEST

START_TEST(secrets_are_equal_when_all_their_bytes_are)
{
    ck_assert(rs_equal_secret("abc", "abc", 3));
    ck_assert(rs_equal_secret("abcx", "abcy", 3));
    ck_assert(!rs_equal_secret("abc", "abd", 3));
    ck_assert(!rs_equal_secret("xbc", "abc", 3));
    ck_assert(rs_equal_secret(NULL, NULL, 0));
}
END_TEST

START_TEST(hexadecimal_has_two_lower_case_digits_a_byte)
{
    ck_assert_text(rs_hex(&arena, "\x00\x09\xAF\xFF", 4), "0009afff");
    ck_assert_text(rs_hex(&arena, NULL, 0), "");
}
END_TEST

/* RFC 4648, section 10, and what tells base64 from its variants. */
static const struct {
    struct rs_str bytes;
    const char *text;
    const char *unpadded;
} CODINGS[] = {
    {RS_STR_INIT(""), "", ""},
    {RS_STR_INIT("f"), "Zg==", "Zg"},
    {RS_STR_INIT("fo"), "Zm8=", "Zm8"},
    {RS_STR_INIT("foo"), "Zm9v", "Zm9v"},
    {RS_STR_INIT("foob"), "Zm9vYg==", "Zm9vYg"},
    {RS_STR_INIT("fooba"), "Zm9vYmE=", "Zm9vYmE"},
    {RS_STR_INIT("foobar"), "Zm9vYmFy", "Zm9vYmFy"},
    {RS_STR_INIT("\xFB\xFF\xBF\x00"), "+/+/AA==", "+/+/AA"},
};

START_TEST(base64_is_written_with_padding_and_read_with_or_without)
{
    for (size_t i = 0; i < sizeof CODINGS / sizeof CODINGS[0]; i++) {
        struct rs_str out;

        ck_assert_text(rs_base64(&arena, CODINGS[i].bytes.p, CODINGS[i].bytes.n), CODINGS[i].text);
        ck_assert(rs_base64_decode(&arena, rs_str_of(CODINGS[i].text), &out));
        ck_assert(rs_str_eq(out, CODINGS[i].bytes));
        ck_assert(rs_base64_decode(&arena, rs_str_of(CODINGS[i].unpadded), &out));
        ck_assert(rs_str_eq(out, CODINGS[i].bytes));
    }
}
END_TEST

START_TEST(bytes_of_every_length_and_value_survive_base64)
{
    char bytes[256];

    for (size_t i = 0; i < sizeof bytes; i++) {
        bytes[i] = (char)(i * 37);
    }
    for (size_t n = 0; n <= sizeof bytes; n++) {
        struct rs_str out;

        ck_assert(rs_base64_decode(&arena, rs_base64(&arena, bytes, n), &out));
        ck_assert(rs_str_eq(out, (struct rs_str){bytes, n}));
    }
}
END_TEST

START_TEST(anything_else_is_no_base64)
{
    static const char *const cases[] = {
        "Z",        "Zg=",   "Zm8==", "=",         "==",       "====", "Zm9v=",
        "Zm9v====", "Zg===", "Zm9vZ", "Zm9v Yg==", "Zm9v\n",   "Zm-_", "Zm9v\xC3",
        "Z=9v",     "Zh==",  "Zm9=",  "Zh",        "Zg==Zg==",
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct rs_str out;

        ck_assert_msg(!rs_base64_decode(&arena, rs_str_of(cases[i]), &out), "%s", cases[i]);
    }
}
END_TEST

static void add(TCase *t)
{
    tcase_add_test(t, sha256_gives_the_digests_of_fips_180);
    tcase_add_test(t, md5_gives_the_digests_of_rfc_1321);
    tcase_add_test(t, hmac_gives_the_codes_of_rfc_4231);
    tcase_add_test(t, an_empty_key_is_a_key_of_no_bytes_whatever_came_before);
    tcase_add_test(t, secrets_are_equal_when_all_their_bytes_are);
    tcase_add_test(t, hexadecimal_has_two_lower_case_digits_a_byte);
    tcase_add_test(t, base64_is_written_with_padding_and_read_with_or_without);
    tcase_add_test(t, bytes_of_every_length_and_value_survive_base64);
    tcase_add_test(t, anything_else_is_no_base64);
}

int main(void)
{
    return run_tests("base/digest", add);
}
