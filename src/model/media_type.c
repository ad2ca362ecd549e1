/* SPDX-License-Identifier: Apache-2.0 */
/* The table of extensions. It follows Python 3.11's own, which is what MLflow's server answers from
 * where the system has no /etc/mime.types; types that nobody stores as an artifact are left out. */
#include "model/media_type.h"

enum { EXTENSION_MAX = 16 }; /* bytes; longer ones are in no table */

struct media_type {
    const char *extension;
    const char *type;
};

/* Shown as text, whatever else they are. A name without an extension is looked up whole. */
static const char *const shown_as_text[] = {
    "txt",  "log",   "err",  "cfg",  "conf", "cnf",   "cf",      "ini",       "properties",
    "prop", "hocon", "toml", "yaml", "yml",  "xml",   "json",    "js",        "py",
    "py3",  "csv",   "tsv",  "md",   "rst",  "ipynb", "MLmodel", "MLproject",
};

/* Endings that say how the bytes are packed: the extension before them says what they are. */
static const char *const packings[] = {"gz", "Z", "bz2", "xz", "br"};

/* Two endings in one. */
static const struct media_type short_for[] = {
    {"tgz", "application/x-tar"},  {"taz", "application/x-tar"}, {"tz", "application/x-tar"},
    {"tbz2", "application/x-tar"}, {"txz", "application/x-tar"}, {"svgz", "image/svg+xml"},
};

static const struct media_type types[] = {
    {"3g2", "audio/3gpp2"},
    {"3gp", "audio/3gpp"},
    {"3gpp", "audio/3gpp"},
    {"3gpp2", "audio/3gpp2"},
    {"aac", "audio/aac"},
    {"ai", "application/postscript"},
    {"aif", "audio/x-aiff"},
    {"aifc", "audio/x-aiff"},
    {"aiff", "audio/x-aiff"},
    {"au", "audio/basic"},
    {"avi", "video/x-msvideo"},
    {"avif", "image/avif"},
    {"bat", "text/plain"},
    {"bmp", "image/bmp"},
    {"c", "text/plain"},
    {"csh", "application/x-csh"},
    {"css", "text/css"},
    {"csv", "text/csv"},
    {"doc", "application/msword"},
    {"dot", "application/msword"},
    {"eml", "message/rfc822"},
    {"eps", "application/postscript"},
    {"gif", "image/gif"},
    {"h", "text/plain"},
    {"h5", "application/x-hdf5"},
    {"heic", "image/heic"},
    {"heif", "image/heif"},
    {"htm", "text/html"},
    {"html", "text/html"},
    {"ico", "image/vnd.microsoft.icon"},
    {"jpe", "image/jpeg"},
    {"jpeg", "image/jpeg"},
    {"jpg", "image/jpeg"},
    {"js", "application/javascript"},
    {"json", "application/json"},
    {"ksh", "text/plain"},
    {"latex", "application/x-latex"},
    {"m3u", "application/vnd.apple.mpegurl"},
    {"m3u8", "application/vnd.apple.mpegurl"},
    {"mht", "message/rfc822"},
    {"mhtml", "message/rfc822"},
    {"mjs", "application/javascript"},
    {"mov", "video/quicktime"},
    {"mp2", "audio/mpeg"},
    {"mp3", "audio/mpeg"},
    {"mp4", "video/mp4"},
    {"mpe", "video/mpeg"},
    {"mpeg", "video/mpeg"},
    {"mpg", "video/mpeg"},
    {"n3", "text/n3"},
    {"nc", "application/x-netcdf"},
    {"nq", "application/n-quads"},
    {"nt", "application/n-triples"},
    {"opus", "audio/opus"},
    {"p12", "application/x-pkcs12"},
    {"pbm", "image/x-portable-bitmap"},
    {"pdf", "application/pdf"},
    {"pfx", "application/x-pkcs12"},
    {"pgm", "image/x-portable-graymap"},
    {"pl", "text/plain"},
    {"png", "image/png"},
    {"pnm", "image/x-portable-anymap"},
    {"ppm", "image/x-portable-pixmap"},
    {"ppt", "application/vnd.ms-powerpoint"},
    {"ps", "application/postscript"},
    {"py", "text/x-python"},
    {"pyc", "application/x-python-code"},
    {"qt", "video/quicktime"},
    {"rdf", "application/xml"},
    {"sgm", "text/x-sgml"},
    {"sgml", "text/x-sgml"},
    {"sh", "application/x-sh"},
    {"snd", "audio/basic"},
    {"srt", "text/plain"},
    {"svg", "image/svg+xml"},
    {"swf", "application/x-shockwave-flash"},
    {"tar", "application/x-tar"},
    {"tcl", "application/x-tcl"},
    {"tex", "application/x-tex"},
    {"texinfo", "application/x-texinfo"},
    {"tif", "image/tiff"},
    {"tiff", "image/tiff"},
    {"trig", "application/trig"},
    {"tsv", "text/tab-separated-values"},
    {"txt", "text/plain"},
    {"vcf", "text/x-vcard"},
    {"vtt", "text/vtt"},
    {"wasm", "application/wasm"},
    {"wav", "audio/x-wav"},
    {"webm", "video/webm"},
    {"webmanifest", "application/manifest+json"},
    {"webp", "image/webp"},
    {"xbm", "image/x-xbitmap"},
    {"xls", "application/vnd.ms-excel"},
    {"xml", "text/xml"},
    {"xpm", "image/x-xpixmap"},
    {"xsl", "application/xml"},
    {"xwd", "image/x-xwindowdump"},
    {"zip", "application/zip"},
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* The extension without its dot; empty when there is none. Dots in front belong to the name. */
static struct rs_str extension_of(struct rs_str name)
{
    size_t start = 0;
    size_t dot = name.n;

    while (start < name.n && name.p[start] == '.') {
        start++;
    }
    for (size_t i = start; i < name.n; i++) {
        if (name.p[i] == '.') {
            dot = i;
        }
    }
    return dot < name.n ? rs_str_from(name, dot + 1) : (struct rs_str){"", 0};
}

static bool is_one_of(const char *const *names, size_t n, struct rs_str name)
{
    for (size_t i = 0; i < n; i++) {
        if (rs_str_is(name, names[i])) {
            return true;
        }
    }
    return false;
}

static const char *find_type(const struct media_type *table, size_t n, struct rs_str extension)
{
    for (size_t i = 0; i < n && extension.n <= EXTENSION_MAX; i++) {
        if (rs_str_eq_nocase(extension, rs_str_of(table[i].extension))) {
            return table[i].type;
        }
    }
    return NULL;
}

const char *rs_media_type(struct rs_str base)
{
    struct rs_str extension = extension_of(base);

    if (is_one_of(shown_as_text, COUNT(shown_as_text), extension.n > 0 ? extension : base)) {
        return "text/plain";
    }
    if (is_one_of(packings, COUNT(packings), extension)) {
        extension = extension_of((struct rs_str){base.p, base.n - extension.n - 1});
    }
    const char *type = find_type(short_for, COUNT(short_for), extension);

    if (type == NULL) {
        type = find_type(types, COUNT(types), extension);
    }
    return type != NULL ? type : "application/octet-stream";
}
