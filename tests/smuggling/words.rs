//! What the generator puts together: spellings that some parser somewhere reads in another way than the next.

pub const METHODS: &[&[u8]] = &[
    b"GET", b"POST", b"PUT", b"PATCH", b"DELETE", b"HEAD", b"OPTIONS", b"TRACE", b"get", b"GPOST", b"M-SEARCH",
    b"CONNECT", b"PRI", b"!", b"G(T", b"G\0T", b"", b"GET\t", b"\tGET", b" GET", b"\x0bGET", b"G\xc3\x89T", b"GET:",
    b"{}",
];

/// Before a request line.
pub const BEFORE: &[&[u8]] = &[b"\n", b"\r", b" ", b"\0", b"\r\n\r\n\r\n", b"\r\n ", b"\t\r\n", b"x\r\n", b"\r\r\n"];

/// `@` stands for the marker of the request.
pub const TARGETS: &[&[u8]] = &[
    b"/api/1/_test/echo?@", b"/api/1/_test/echo?@", b"/api/1/ping?@", b"/api/1/users?@", b"/none/@",
    b"//api/1/_test/echo?@", b"/?@", b"/api/1/_test/echo?@&a=http://h/&b=%0d%0a", b"http://h/api/1/_test/echo?@",
    b"HTTP://other:81/api/1/_test/echo?@", b"http://h?@", b"http://[::1]:80/api/1/ping?@",
];

pub const ODD_TARGETS: &[&[u8]] = &[
    b"*", b"", b"/a b?@", b"/a\tb?@", b"/\xc3\xa9?@", b"/#?@", b"/?@#x", b"?@", b"api/1/ping?@", b"h:80",
    b"http://?@", b"http:///x?@", b"http://u@h/?@", b"http://u:p@h/?@", b"ftp://h/?@", b"https://h/?@", b"http:/h/?@",
    b"/%?@", b"/%0a?@", b"/%00?@", b"/{x}?@", b"/|?@", b"/\\?@", b"/^?@", b"/`?@", b"/<x>?@", b"/\"?@", b"/\0?@",
    b"/\x7f?@", b"/\x0b?@", b"/\xa0?@", b"/\x85?@", b"http://h:x/?@", b"http://h:99999/?@", b"http://a,b/?@", b"/?@?",
    b"/?@%zz", b"//h/?@", b"/;?@", b"http://h\\x/?@", b"@",
];

pub const VERSIONS: &[&[u8]] = &[
    b"HTTP/1.0", b"HTTP/1.0", b"HTTP/0.9", b"HTTP/1.2", b"HTTP/2.0", b"HTTP/2", b"HTTP/11", b"HTTP/1.1 ", b"http/1.1",
    b"HTTP/1.1\t", b"HTTP/1.10", b"HTTP/01.1", b"HTTP/1,1", b"HTTP /1.1", b"", b"HTTP/1.1 HTTP/1.1", b"HTTP/1.",
    b"HTTP/ 1.1", b"HTTP/1.1\0", b"HTTP/1.\xc2\xb9", b"ICAP/1.0", b"HTTP/-1.1", b"HTTP/1.01", b"HTTP/1.1\x0b",
];

pub const SPACES: &[&[u8]] = &[b"  ", b"\t", b" \t", b"", b"\x0b", b"\x0c", b"\xa0", b"\r", b"\x1f", b"\r\n ", b"\0"];

pub const LINE_ENDS: &[&[u8]] = &[
    b"\n", b"\r", b"\r\r\n", b"\n\r", b"\n\n", b"", b"\r\n\r\n", b"\r\n ", b"\r\n\t", b" \r\n", b"\0\r\n",
    b"\x0b\r\n", b"\x85", b"\\r\\n",
];

pub const COLONS: &[&[u8]] = &[
    b" : ", b"\t: ", b":", b"::", b": :", b" ", b"=", b";", b":\t", b":  ", b"\x0b:", b"\xa0:", b"\0:", b"\r\n:",
    b":\r\n ", b":\n", b"\xef\xbc\x9a",
];

/// Names of the two fields that frame a body, as some parser somewhere takes them.
pub const LENGTH_NAMES: &[&[u8]] = &[
    b"Content-Length", b"content-length", b"CONTENT-LENGTH", b"cOnTeNt-LeNgTh", b"Content_Length", b"Content-Length ",
    b" Content-Length", b"\tContent-Length", b"Content Length", b"Content-Length\0", b"\x0bContent-Length",
    b"Content-Length\x0b", b"\xa0Content-Length", b"Content-Length\xa0", b"Content\xe2\x80\x90Length",
    b"X\rContent-Length", b"X: y\nContent-Length", b"X: y\r\n Content-Length", b"Content-Length\r\n ",
    b"Content-Length;", b"\"Content-Length\"", b"X-Content-Length", b"Content-Lengt", b"\xef\xbb\xbfContent-Length",
    b"CONTENT_LENGTH", b"From Content-Length", b"HTTP_CONTENT_LENGTH",
];

pub const CODING_NAMES: &[&[u8]] = &[
    b"Transfer-Encoding", b"transfer-encoding", b"TRANSFER-ENCODING", b"tRANSFER-ENCODING", b"Transfer_Encoding",
    b"Transfer-Encoding ", b" Transfer-Encoding", b"\tTransfer-Encoding", b"Transfer Encoding",
    b"Transfer-Encoding\0", b"\x0bTransfer-Encoding", b"Transfer-Encoding\x0b", b"\xa0Transfer-Encoding",
    b"Transfer-Encoding\xa0", b"Transfer\xe2\x80\x90Encoding", b"X\rTransfer-Encoding", b"X: y\nTransfer-Encoding",
    b"X: y\r\n Transfer-Encoding", b"Transfer-Encoding\r\n ", b"Transfer-Encoding;", b"\"Transfer-Encoding\"",
    b"X-Transfer-Encoding", b"Transfer-Encodin", b"\xef\xbb\xbfTransfer-Encoding", b"TE", b"From Transfer-Encoding",
    b"Content-Transfer-Encoding", b"HTTP_TRANSFER_ENCODING",
];

pub const CODINGS: &[&[u8]] = &[
    b"chunked", b"chunked", b"Chunked", b"CHUNKED", b"chunked ", b"\tchunked", b"chunked\t", b"  chunked",
    b"xchunked", b"chunked, identity", b"identity, chunked", b"gzip, chunked", b"chunked,chunked", b"chunked,",
    b",chunked", b"identity", b"gzip", b"", b"chunked;q=1", b"chunked; x", b"\"chunked\"", b"'chunked'", b"chun ked",
    b"chun\0ked", b"\x0bchunked", b"chunked\x0b", b"\x0cchunked", b"chunked\x0c", b"chunked\xa0", b"\xa0chunked",
    b"chunked\x85", b"chunked\r", b"\rchunked", b"chunked\n", b"chunked\r\n ", b"\r\n chunked", b"chunked\x7f",
    b"chun\xe2\x84\xaaed", b"chunked\0", b"null", b"0", b"cow", b"deflate;q=0.5, chunked;q=1", b"chunked chunked",
    b"identity\r\nTransfer-Encoding: chunked", b"chunked\\r\\n", b"(x)chunked",
];

/// `#` stands for the length that fits.
pub const LENGTHS: &[&[u8]] = &[
    b"#", b"#", b" #", b"\t#", b"# ", b"0#", b"0000000#", b"+#", b"-#", b"#,#", b"#, #", b"#,", b",#", b"# #", b"#;",
    b"0x#", b"#.0", b"#e0", b"#\0", b"\0#", b"#\x0b", b"\x0c#", b"#\xa0", b"\xa0#", b"#\x85", b"0_#", b"#_0",
    b"\xef\xbc\x94", b"\xd9\xa4", b"\xc2\xb2", b"", b"0", b"1", b"-0", b"+0", b"-1", b"#\r", b"\n#", b"#\n",
    b"#\r\n ", b"18446744073709551615", b"18446744073709551616", b"9223372036854775808", b"4294967296", b"4294967300",
    b"1073741825", b"99999999999999999999999999", b"\"#\"", b"'#'", b"nan", b"#abc", b"1e1000", b"0o4", b"0b1", b"3",
    b"5", b"6", b"30", b"60", b"#\r\nContent-Length: 0", b"0\r\nContent-Length: #",
];

pub const CONNECTIONS: &[&[u8]] = &[
    b"close", b"keep-alive", b"Close", b"close, keep-alive", b"keep-alive, close", b"x-a", b"content-length",
    b"transfer-encoding", b"host", b"x-forwarded-for", b"cookie, x-a", b"close, x-a", b"upgrade", b"", b",",
    b", close", b"close;", b"\"close\"", b"x\xffy, x-a", b"close\xa0", b"via", b"X-A,, x-b", b"TE", b"Trailer",
    b"expect", b"keep-alive\x0b", b"content-type",
];

pub const HOSTS: &[&[u8]] = &[
    b"h", b"h:80", b"[::1]:80", b"a.b-c.d:1", b"", b"h h", b"a,b", b"u@h", b"h/p", b"h?x", b"http://h", b"h:", b"h:x",
    b"h:99999", b"[::1", b"h#", b"h\xa0", b"\xc3\xa9", b"h\0", b"h\r", b"h\\", b"%61", b"h_h", b"h:80:80", b"*",
    b"h\x0b",
];

/// Whole lines of other fields.
pub const FIELDS: &[(&[u8], &[u8])] = &[
    (b"X-A", b"1"), (b"X-A", b" two  words "), (b"x-b", b""), (b"X-B", b"\xe9\x85\xa0"), (b"X-C", b"a\tb"),
    (b"X_A", b"underscore"), (b"X_Forwarded_For", b"9.9.9.9"), (b"X-Forwarded-For", b"127.99.99.99"),
    (b"X-Forwarded-For", b"\xff"), (b"X-Forwarded-Host", b"evil"), (b"Expect", b"100-continue"),
    (b"Expect", b"100-Continue"), (b"Expect", b"100-continue, x"), (b"Expect", b"nothing"),
    (b"TE", b"trailers, chunked"), (b"Trailer", b"Content-Length"), (b"Keep-Alive", b"timeout=5"),
    (b"Proxy-Connection", b"close"), (b"Upgrade", b"h2c"), (b"Upgrade", b"websocket"),
    (b"Upgrade", b"WebSocket, h2c"), (b"HTTP2-Settings", b"AAMAAABkAARAAAAAAAIAAAAA"),
    (b"Content-Type", b"application/json"), (b"Content-Encoding", b"chunked"), (b"Via", b"1.0 other"),
    (b"Cookie", b"a=b; c"), (b"Range", b"bytes=0-1"), (b"X-HTTP-Method-Override", b"DELETE"),
    (b"Sec-WebSocket-Version", b"13"), (b"Sec-WebSocket-Key", b"dGhlIHNhbXBsZSBub25jZQ=="),
    (b"!#$%&'*+-.^`|~", b"every mark of a token"), (b"X-Cutover-Variant", b"native"), (b"X:A", b"a colon in a name"),
    (b"", b"no name"), (b"X A", b"a space in a name"), (b"X-\xe9", b"a name in Latin-1"), (b"X-D", b"a\0b"),
    (b"X-D", b"a\rb"), (b"X-D", b"a\nb: c"), (b"X-D", b"a\r\n b"), (b"X-D", b"a\r\n\tb"), (b"X-D", b"\x7f"),
    (b"X-D", b"\x1b[0m"), (b"X-D", b"\x0b"),
];

/// `#` stands for the size that fits, in hexadecimal.
pub const SIZES: &[&[u8]] = &[
    b"#", b"0#", b"0000000#", b"00000000000000#", b"000000000000000000000000#", b"+#", b"-#", b"0x#", b"0X#", b"x#",
    b"#h", b" #", b"# ", b"#\t", b"\t#", b"#\0", b"\0#", b"#,", b"#_", b"_#", b"#.0", b"", b"g", b"ffffffffffffffff",
    b"10000000000000000", b"7fffffffffffffff", b"8000000000000000", b"fffffffff", b"100000000#", b"1000000000000000#",
    b"\xef\xbc\x95", b"\"#\"", b"#g", b"1", b"2", b"0", b"10", b"#\x0b", b"#\xa0", b"0_#", b"#e0",
];

pub const EXTENSIONS: &[&[u8]] = &[
    b";x", b";x=y", b";x=\"y\"", b";a;b=c", b";x=\"a;b\"", b"; x=y", b" ;x", b"\t;x=y", b";", b";;", b";=", b";x=\"",
    b";x=\"\\\"\"", b";x y", b";\0", b";x=\x0b", b";x=\x7f", b";\xe9", b";x=\"\n\"", b";x=\"\r\"", b";\n", b";\r",
    b";x\r\r", b";x\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n", b" x", b" ", b"\t", b",x", b"=x", b"\\",
    b";x=\"\r\n0\r\n\r\n\"", b"#",
];

/// What a body may look like to somebody who finds its beginning elsewhere. `@` stands for a marker of its own.
pub const BODIES: &[&[u8]] = &[
    b"", b"a", b"hello", b"{\"a\": 1}", b"\r\n", b"\r\n\r\n", b"0\r\n\r\n",
    b"GET /api/1/_test/echo?@ HTTP/1.1\r\nHost: h\r\n\r\n",
    b"0\r\n\r\nGET /api/1/_test/echo?@ HTTP/1.1\r\nHost: h\r\nX: ",
    b"5\r\nhello\r\n0\r\n\r\nGET /api/1/_test/echo?@ HTTP/1.1\r\nHost: h\r\n\r\n",
    b"\r\n\r\nPOST /api/1/_test/echo?@ HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\n", b"G",
    b"1\r\nx\r\n0\r\n\r\n", b"\nGET /api/1/_test/echo?@ HTTP/1.1\nHost: h\n\n",
    b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", b"\0\x01\x02\xff\xfe",
    b"0;x\r\n\r\nGET /api/1/_test/echo?@ HTTP/1.1\r\nHost: h\r\n\r\n", b"A=B&c=%0d%0a",
];

pub const TRAILERS: &[(&[u8], &[u8])] = &[
    (b"X-Trailer", b"1"), (b"x-empty", b""), (b"Content-Length", b"5"), (b"Transfer-Encoding", b"chunked"),
    (b"Host", b"evil"), (b"X-D", b"a\0b"), (b"X D", b"a"), (b" X-D", b"a"), (b"X-D", b"a\n"), (b"X-D", b"a\r"),
    (b"X-D", b"a\r\n b"), (b"", b"a"), (b"X-D\n", b"a"), (b"X-\xe9", b"a"), (b"X-D", b"\xe9"),
];

/// Thrown in anywhere.
pub const CRUMBS: &[&[u8]] = &[
    b"\r\n", b"\n", b"\r", b"\0", b" ", b"\t", b":", b";", b",", b"0", b"\r\n\r\n", b"0\r\n\r\n", b"\x0b", b"\x0c",
    b"\x7f", b"\xa0", b"\x85", b"\xff", b"chunked", b"Content-Length: 3\r\n", b"Transfer-Encoding: chunked\r\n",
    b"Connection: close\r\n", b"Host: h\r\n", b"\r\n ", b"-", b"+",
];
