import base64
import hashlib
import re

from a2bm2gl_tf.service.routes.page import assembled_page


def test_the_page_is_whole_and_loads_nothing():
    page, _ = assembled_page()
    assert not re.search(r"\{\{\w+\}\}", page)
    assert not re.search(r"(https?:)?//[a-z0-9-]+\.", page)
    loaded = re.findall(r"""(?:src|href)=["']?([^"'> ]+)""", page)
    assert set(loaded) == {"data:,", "#ask"}
    assert "@import" not in page
    assert "url(" not in page


def test_the_policy_admits_the_page_s_own_style_and_script_alone():
    page, policy = assembled_page()
    directives = dict(part.strip().split(" ", 1) for part in policy.split(";"))
    assert directives["default-src"] == "'none'"
    assert directives["connect-src"] == "'self'"
    for name in ("style", "script"):
        (content,) = re.findall(f"<{name}>(.*?)</{name}>", page, flags=re.S)
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert directives[f"{name}-src"] == f"'sha256-{digest}'"


def test_text_is_never_set_as_html():
    page, _ = assembled_page()
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(", page)
