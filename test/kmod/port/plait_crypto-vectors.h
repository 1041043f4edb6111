/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Published vectors for plait_crypto.h, in hexadecimal: they show that whoever implements it calls the primitives as
 * src/kmod/core/udp/crypto.h says. Needs no header but that of NULL, so that a kernel can be asked, too.
 *
 * Names "w…" are tcId of Project Wycheproof, https://github.com/C2SP/wycheproof at dac1dd4729fd1f8dd9e1e9f3dce51d783da6c166,
 * testvectors_v1/{x25519,chacha20_poly1305,xchacha20_poly1305}_test.json, Apache-2.0. Of ChaCha20-Poly1305 those were
 * taken whose nonce begins with 32 bits of zero, as ours do.
 */
#ifndef PLAIT_TEST_CRYPTO_VECTORS_H
#define PLAIT_TEST_CRYPTO_VECTORS_H

/* X25519; shared NULL: to be refused, since it is all zero. */
static const struct {
	const char *name, *secret, *point, *shared;
} x25519_vectors[] = {
	{ "w1", "c8a9d5a91091ad851c668b0736c1c9a02936c0d3ad62670858088047ba057475",
	  "504a36999f489cd2fdbc08baff3d88fa00569ba986cba22548ffde80f9806829",
	  "436a2c040cf45fea9b29a0cb81b1f41458f863d0d61b453d0a982720d6d61320" },
	{ "w2", "d85d8c061a50804ac488ad774ac716c3f5ba714b2712e048491379a500211958",
	  "63aa40c6e38346c5caf23a6df0a5e6c80889a08647e551b3563449befcfc9733",
	  "279df67a7c4611db4708a0e8282b195e5ac0ed6f4b2f292c6fbd0acac30d1332" },
	{ "w32", "88227494038f2bb811d47805bcdf04a2ac585ada7f2f23389bfd4658f9ddd45e",
	  "0000000000000000000000000000000000000000000000000000000000000000",
	  NULL },
	{ "w33", "48232e8972b61c7e61930eb9450b5070eae1c670475685541f0476217e48184f",
	  "0100000000000000000000000000000000000000000000000000000000000000",
	  NULL },
	{ "w63", "e0f978dfcd3a8f1a5093418de54136a584c20b7b349afdf6c0520886f95b1272",
	  "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
	  NULL },
	{ "w64", "387355d995616090503aafad49da01fb3dc3eda962704eaee6b86f9e20c92579",
	  "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
	  NULL },
	{ "w65", "c8fe0df92ae68a03023fc0c9adb9557d31be7feed0d3ab36c558143daf4dbb40",
	  "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	  NULL },
	{ "w74", "786a33a4f7af297a20e7642925932bf509e7070fa1bc36986af1eb13f4f50b55",
	  "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	  NULL },
	{ "w75", "786a33a4f7af297a20e7642925932bf509e7070fa1bc36986af1eb13f4f50b55",
	  "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	  NULL },
	{ "w76", "786a33a4f7af297a20e7642925932bf509e7070fa1bc36986af1eb13f4f50b55",
	  "0000000000000000000000000000000000000000000000000000000000000080",
	  NULL },
	{ "w77", "786a33a4f7af297a20e7642925932bf509e7070fa1bc36986af1eb13f4f50b55",
	  "0100000000000000000000000000000000000000000000000000000000000080",
	  NULL },
	{ "w66", "c8d74acde5934e64b9895d5ff7afbffd7f704f7dfccff7ac28fa62a1e6410347",
	  "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b880",
	  NULL },
	{ "w81", "786a33a4f7af297a20e7642925932bf509e7070fa1bc36986af1eb13f4f50b55",
	  "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
	  NULL },
	{ "w87", "0016b62af5cabde8c40938ebf2108e05d27fa0533ed85d70015ad4ad39762d54",
	  "efffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	  "b4d10e832714972f96bd3382e4d082a21a8333a16315b3ffb536061d2482360d" },
	{ "w100", "a046e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449a44",
	  "e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c",
	  "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552" },
	{ "w101", "4866e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba4d",
	  "e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a413",
	  "95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957" },
	{ "w104", "60a3a4f130b98a5be4b1cedb7cb85584a3520e142d474dc9ccb909a073a9767f",
	  "3b18df1e50b899ebd588c3161cbd3bf98ebcc2c1f7df53b811bd0e91b4d5153d",
	  "0900000000000000000000000000000000000000000000000000000000000000" },
	{ "w117", "c8d07c46bbfb827753b92c70e49583ce8bfa44641a7382258ea903d6a832c96b",
	  "0000000000000000000000000000000000000000000000000000000000000000",
	  NULL },
};

/* Public keys: RFC 7748, 6.1. */
static const struct {
	const char *secret, *point;
} x25519_public_vectors[] = {
	{ "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a",
	  "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a" },
	{ "5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb",
	  "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f" },
};

/* ChaCha20-Poly1305; sealed is with the tag. The last one, all of it associated data, was made with libcrypto. */
static const struct {
	const char *name, *key;
	unsigned long long nonce;
	const char *ad, *plain, *sealed;
} chacha_vectors[] = {
	{ "w216", "9de836aa579585081f330a7c4036e20e38ef15eff3945184d231867f505fffdf", 0xc372c60b13121110ULL,
	  "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
	  "ffffffffffffffffffffffffffffffffffffffff",
	  "3619cb470af86dceceb6940f2d9abb34c9a9131476053387445ffebbe240d4f9818377855652f46a8219c7f7"
	  "1c3554f8acef8258de4b7d17c0f3d353ac981cc6a13287be1e6b41dc6d133df4ababebdf43d665ce7a4a5c98"
	  "2a0b139cb8202eebc74173e3224a440e4c37d2b595f384290e939ba016df0d49b36cdb4bd91c39",
	  "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
	  "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
	  "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff133fe62391"
	  "744d11ce44594b96c53baf" },
	{ "w220", "9de836aa579585081f330a7c4036e20e38ef15eff3945184d231867f505fffdf", 0x88f2591d13121110ULL,
	  "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
	  "ffffffffffffffffffffffffffffffffffffffff",
	  "bc7f4f15fd1e4c1399740836670abe39a05707be19956ce169b32321759e0f213ae19ad34aa612b3a29f02c4"
	  "bbac9f785a55a3adfe419ab891bbe0acee9921322ea21002c9dd3dcdd13a7f8554dddc10f9b529ce94be7050"
	  "937dab76557b7eb17c685aad8f0797e39d62553988989aab1d9764fe431cc1d4c595062ce93ce9",
	  "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
	  "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
	  "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff5e67a7b873"
	  "3e0e4b01ac2178a205ae7e" },
	{ "w225", "9de836aa579585081f330a7c4036e20e38ef15eff3945184d231867f505fffdf", 0x4ecf8f0d13121110ULL,
	  "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
	  "ffffffffffffffffffffffffffffffffffffffff",
	  "cfc3db8631c81c69023a3c8a9ad66c35053685144c4fa2a9510add72e211dad9ca5b982e4c194591fdb74116"
	  "280311d1299ad81227258cb52f079bbcb12aff161d278dec33a326d71276b3de01a8327ee7f45f94179dff18"
	  "a3fe643e56c30cfd03871c8110ab00f6612b9e17a4647360d7847bb63a3122613c2e7cdddd08ae",
	  "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
	  "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
	  "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff1ae2ed84ea"
	  "9774d78d782bf8d972a8b8" },
	{ "signed", "9de836aa579585081f330a7c4036e20e38ef15eff3945184d231867f505fffdf", 0x4ecf8f0d13121110ULL,
	  "000102030405060708090a0b0c0d0e0f1011121314151617",
	  "",
	  "b5609ac18d115a96cc183a6555b22527" },
};

/* XChaCha20-Poly1305. */
static const struct {
	const char *name, *key, *nonce, *ad, *plain, *sealed;
} xchacha_vectors[] = {
	{ "w1", "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f",
	  "404142434445464748494a4b4c4d4e4f5051525354555657",
	  "50515253c0c1c2c3c4c5c6c7",
	  "4c616469657320616e642047656e746c656d656e206f662074686520636c617373206f66202739393a204966"
	  "204920636f756c64206f6666657220796f75206f6e6c79206f6e652074697020666f72207468652066757475"
	  "72652c2073756e73637265656e20776f756c642062652069742e",
	  "bd6d179d3e83d43b9576579493c0e939572a1700252bfaccbed2902c21396cbb731c7f1b0b4aa6440bf3a82f"
	  "4eda7e39ae64c6708c54c216cb96b72e1213b4522f8c9ba40db5d945b11b69b982c1bb9e3f3fac2bc369488f"
	  "76b2383565d3fff921f9664c97637da9768812f615c68b13b52ec0875924c1c7987947deafd8780acf49" },
	{ "w3", "d821dce9b890ea37ae1c89e7cb6aeae9371b8179add0d08f5494718322ae0071",
	  "3ec3f7c45e687d75a895bf5e71809e7cdac32158bb48ec0d",
	  "8780fb400f94c55d",
	  "",
	  "966c22d655b9e56326024f028cf887ad" },
	{ "w40", "c5d3917ffb42b0508296cb245d468b04bbaa2c8c8c32e845415a911ea85f95f1",
	  "74533cbe3ff9ec5a66604c88f5dae4d7efe4f604111f79fc",
	  "",
	  "0afab6dbab51f929332d743ccfbb9f34877bc9",
	  "03dfbb3407a55ab0dbc451d0289de44acb5f33a050def2e06a9ed3d10be180bafa636d" },
};

/* BLAKE2s: "abc" is of RFC 7693, appendix B; the others were made with Python's hashlib, the reference implementation. */
static const struct {
	const char *key, *a, *b, *hash;
} blake2s_vectors[] = {
	{ "", "616263",
	  "", "508c5e8c327c14e2e1a72ba34eeb452f37458b209ed63a294d999b4c86675982" },
	{ "", "61",
	  "6263", "508c5e8c327c14e2e1a72ba34eeb452f37458b209ed63a294d999b4c86675982" },
	{ "", "",
	  "", "69217a3079908094e11121d042354a7c1f55b6482ca1a51e1b250dfd1ed0eef9" },
	{ "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f", "",
	  "", "9536f9b267655743dee97b8a670f9f53" },
	{ "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
	  "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425262728292a2b"
	  "2c2d2e2f303132333435363738393a3b3c3d3e3f404142434445464748494a4b4c4d4e4f5051525354555657"
	  "58595a5b5c5d5e5f606162636465666768696a6b6c6d6e6f707172737475767778797a7b",
	  "", "1e9f19323dc71c29ae99c479dc7e8df9" },
	{ "000102030405060708090a0b0c0d0e0f", "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425262728292a2b"
	  "2c2d2e2f303132333435363738393a3b3c3d3e3f404142434445464748494a4b4c4d4e4f5051525354555657"
	  "58595a5b5c5d5e5f60616263",
	  "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f2021222324252627", "663168c69e4f822f055b0bf5d18acd73" },
	{ "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
	  "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425262728292a2b"
	  "2c2d2e2f303132333435363738393a3b3c3d3e3f",
	  "", "8975b0577fd35566d750b362b0897a26c399136df07bababbde6203ff2954ed4" },
};

#endif /* PLAIT_TEST_CRYPTO_VECTORS_H */
