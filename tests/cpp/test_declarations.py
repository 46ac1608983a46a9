"""What Python can call is read from the C++ source itself."""

import pytest

from kerneldojo.cpp.declarations import DeclarationError, parse_declarations


def _types(source: str) -> list[tuple[str, bool]]:
    (declaration,) = parse_declarations(source)
    return [(parameter.type, parameter.pointer) for parameter in declaration.parameters]


def test_pointers_and_scalars_of_every_supported_type() -> None:
    source = """
    extern "C" void f(const float* a, double *b, const int8_t*c, int16_t* d, int* e, int64_t* g,
                      uint8_t* h, const bool* i, _Float16* j, const uint16_t* k, void* l,
                      int64_t m, int32_t n, int o, float p, double q, bool r, std::size_t s) {}
    """
    assert _types(source) == [
        ("float32", True),
        ("float64", True),
        ("int8", True),
        ("int16", True),
        ("int32", True),
        ("int64", True),
        ("uint8", True),
        ("bool", True),
        ("float16", True),
        ("uint16", True),
        ("any", True),
        ("int64", False),
        ("int32", False),
        ("int32", False),
        ("float32", False),
        ("float64", False),
        ("bool", False),
        ("uint64", False),
    ]


def test_qualifiers_arrays_aliases_and_attributes_do_not_matter() -> None:
    source = """
    using index_t = int64_t;
    typedef float scalar;
    extern "C" __attribute__((visibility("default"), noinline))
    void f(scalar const* __restrict__ x, float out[], index_t n) noexcept {}
    """
    assert _types(source) == [("float32", True), ("float32", True), ("int64", False)]


def test_blocks_hold_several_functions_and_bodies_are_not_searched() -> None:
    source = """
    extern "C" {
    static float helper(float x) { return x; }
    int first(const float* x) { if (x) { helper(1); } return 0; }
    void second(int64_t n) { for (int i = 0; i < n; ++i) { } }
    }
    void hidden(float* x) {}
    """
    found = parse_declarations(source)
    assert [(one.name, one.returns_int) for one in found] == [("first", True), ("second", False)]
    assert found[0].line == 4


def test_comments_literals_and_directives_are_ignored() -> None:
    source = """
    // extern "C" void a() {}
    /* extern "C" void b() {} */
    #define C extern "C" void c() {}
    const char* text = "extern \\"C\\" void d() {}";
    extern "C" void real(void) {}
    """
    assert [one.name for one in parse_declarations(source)] == ["real"]


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("void f() {}", 'no extern "C" function'),
        ('extern "C" float f(float x) { return x; }', "f returns `float`"),
        ('\nextern "C" void f(const float** x) {}', "line 2: f: parameter `const float\\*\\* x`"),
        ('extern "C" void f(const Tensor& x) {}', "no counterpart"),
    ],
)
def test_what_cannot_be_called_is_named(source: str, message: str) -> None:
    with pytest.raises(DeclarationError, match=message):
        parse_declarations(source)
