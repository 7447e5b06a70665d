/* SPDX-License-Identifier: MIT */
/* Unit tests of what is left out of a command line. */

#include "base/redact.h"
#include "unit.h"

/* Compares one argument, as it is shown behind 'before'. */
static void expect(const char *before, const char *text, const char *shown)
{
    struct buffer out = {0};
    redact_argument(&out, text, strlen(text), before, strlen(before));
    buffer_add_char(&out, '\0');
    ck_assert_str_eq(out.data, shown);
    buffer_release(&out);
}

START_TEST(options_with_a_value)
{
    expect("", "--password=cli secret&99", "--password=[redacted]");
    expect("", "--DB_PASSWORD=x", "--DB_PASSWORD=[redacted]");
    expect("", "-Djavax.net.ssl.keyStorePassword=x", "-Djavax.net.ssl.keyStorePassword=[redacted]");
    expect("", "--api-key=abc", "--api-key=[redacted]");
    expect("", "--key:abc", "--key:[redacted]");
    expect("", "--token=", "--token=");
    expect("", "AWS_SECRET_ACCESS_KEY=a/b+c=", "AWS_SECRET_ACCESS_KEY=[redacted]");
}
END_TEST

START_TEST(options_before_a_value)
{
    expect("--requirepass", "hunter2", "[redacted]");
    expect("--auth-token", "x y", "[redacted]");
    expect("--requirepass", "--port", "--port");
    expect("--password=x", "database", "database");
    expect("password", "x", "x"); /* a word, no option */
    expect("-", "x", "x");
}
END_TEST

START_TEST(names_within_an_argument)
{
    expect("", "host=db password=abc dbname=x", "host=db password=[redacted] dbname=x");
    expect("", "host=db password='a b' dbname=x", "host=db password='[redacted]' dbname=x");
    expect("", "{\"user\": \"u\", \"password\" : \"a\\\"b\", \"n\": 1}",
           "{\"user\": \"u\", \"password\" : \"[redacted]\", \"n\": 1}");
    expect("", "https://h/x?token=abc&y=1", "https://h/x?token=[redacted]&y=1");
    expect("", "Authorization: Bearer abc.def", "Authorization: [redacted]");
    expect("", "sent Bearer eyJhbGciOiJIUzI1NiJ9.e30.x-_ to it", "sent Bearer [redacted] to it");
    expect("", "a bearer of bad-news", "a bearer of bad-news");
    expect("", "cookie:a=b; c", "cookie:[redacted]; c");
    expect("", "server --requirepass abc --port 1", "server --requirepass [redacted] --port 1");
    expect("", "a password", "a password");
    expect("", "password:", "password:");
}
END_TEST

START_TEST(passwords_of_addresses)
{
    expect("", "redis://user:p@ss@host:6379/0", "redis://user:[redacted]@host:6379/0");
    expect("", "amqp://:secret@host", "amqp://:[redacted]@host");
    expect("", "--url=postgres://u:p@h/db?x=1", "--url=postgres://u:[redacted]@h/db?x=1");
    expect("", "http://host:80/@x", "http://host:80/@x");
    expect("", "http://user@host:80", "http://user@host:80");
    expect("", "mongodb://a:b@h1,c:d@h2", "mongodb://a:[redacted]@h2");
    expect("", "://", "://");
}
END_TEST

START_TEST(what_is_no_secret)
{
    expect("", "--key-file=/etc/x.pem", "--key-file=/etc/x.pem");
    expect("--ssl-key-path", "/etc/x.pem", "/etc/x.pem");
    expect("", "--keyspace=k", "--keyspace=k");
    expect("", "--bypass=1", "--bypass=1");
    expect("", "--token-ttl=30s", "--token-ttl=30s");
    expect("", "--monkey=1", "--monkey=1");
    expect("", "/usr/bin/passwd", "/usr/bin/passwd");
    expect("", "", "");
    expect("--password", "", "");
    expect("", "--port=80", "--port=80");
}
END_TEST

UNIT_TESTS(tests)
{
    tcase_add_test(tests, options_with_a_value);
    tcase_add_test(tests, options_before_a_value);
    tcase_add_test(tests, names_within_an_argument);
    tcase_add_test(tests, passwords_of_addresses);
    tcase_add_test(tests, what_is_no_secret);
}
