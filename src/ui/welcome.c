/* SPDX-License-Identifier: Apache-2.0 */
/* One page in two colours, whose links are relative: it works below any path. */
#include "ui/welcome.h"

static const char HEAD[] =
    "<!doctype html>\n"
    "<html lang=\"en\">\n"
    "<head>\n"
    "<meta charset=\"utf-8\">\n"
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
    "<meta name=\"color-scheme\" content=\"light dark\">\n"
    "<title>Runestone</title>\n"
    "<style>\n"
    ":root { --ink: #1d232b; --paper: #fbfaf7; --soft: #59636e; --line: #d9d6cd; --box: #f0eee8;"
    " --link: #0b57a4 }\n"
    "@media (prefers-color-scheme: dark) {\n"
    "  :root { --ink: #e6e3dc; --paper: #16191d; --soft: #a3abb5; --line: #363c44; --box: #20252b;"
    " --link: #8abdf0 }\n"
    "}\n"
    "body { margin: 0; background: var(--paper); color: var(--ink);"
    " font: 1rem/1.6 system-ui, sans-serif }\n"
    "main { max-width: 42rem; margin: 0 auto; padding: 12vh 1.5rem 3rem }\n"
    "h1 { margin: 0; font-size: 2rem; line-height: 1.2 }\n"
    "h2 { margin: 2.5rem 0 .5rem; font-size: 1.1rem }\n"
    "p { margin: .5rem 0 }\n"
    ".version { color: var(--soft) }\n"
    "pre { margin: .5rem 0; padding: .75rem 1rem; overflow-x: auto; background: var(--box);"
    " border: 1px solid var(--line); border-radius: .4rem }\n"
    "code { font: .95em/1.5 ui-monospace, monospace }\n"
    "a { color: var(--link) }\n"
    "a:focus-visible, pre:focus-visible { outline: 3px solid var(--link); outline-offset: 2px }\n"
    "dl { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1.5rem; margin: .5rem 0"
    " }\n"
    "dd { margin: 0 }\n"
    "</style>\n"
    "</head>\n"
    "<body>\n"
    "<main>\n"
    "<h1>Runestone</h1>\n"
    "<p class=\"version\">version ";

static const char ABOUT[] =
    "</p>\n"
    "<p>This server keeps experiments, runs, models and artifacts for the clients of MLflow.</p>\n"
    "<h2 id=\"client\">Use it from a client</h2>\n"
    "<pre tabindex=\"0\" aria-labelledby=\"client\"><code>export MLFLOW_TRACKING_URI=";

static const char REST[] =
    "</code></pre>\n"
    "<h2 id=\"ui\">See it in a browser</h2>\n"
    "<p>The web pages of MLflow are part of its Python package, and are served here when the server"
    " is started beside it:</p>\n"
    "<pre tabindex=\"0\" aria-labelledby=\"ui\"><code>pip install mlflow\n"
    "runestone server --ui auto</code></pre>\n"
    "<h2>What it says of itself</h2>\n"
    "<dl>\n"
    "<dt><a href=\"health\">/health</a></dt><dd>the process lives</dd>\n"
    "<dt><a href=\"readyz\">/readyz</a></dt><dd>it can read and write</dd>\n"
    "<dt><a href=\"version\">/version</a></dt><dd>the version of MLflow's API that it speaks</dd>\n"
    "<dt><a href=\"metrics\">/metrics</a></dt><dd>figures for Prometheus</dd>\n"
    "</dl>\n"
    "</main>\n"
    "</body>\n"
    "</html>\n";

static void put_escaped(struct rs_buf *out, struct rs_str text)
{
    for (size_t i = 0; i < text.n; i++) {
        switch (text.p[i]) {
        case '&':
            RS_BUF_LIT(out, "&amp;");
            break;
        case '<':
            RS_BUF_LIT(out, "&lt;");
            break;
        case '>':
            RS_BUF_LIT(out, "&gt;");
            break;
        case '"':
            RS_BUF_LIT(out, "&quot;");
            break;
        case '\'':
            RS_BUF_LIT(out, "&#39;");
            break;
        default:
            rs_buf_putc(out, text.p[i]);
        }
    }
}

void rs_welcome_write(struct rs_buf *out, struct rs_str version, struct rs_str url)
{
    rs_buf_put(out, HEAD, sizeof HEAD - 1);
    put_escaped(out, version);
    rs_buf_put(out, ABOUT, sizeof ABOUT - 1);
    put_escaped(out, url);
    rs_buf_put(out, REST, sizeof REST - 1);
}
