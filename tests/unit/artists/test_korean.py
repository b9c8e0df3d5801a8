"""Particles after Korean words."""

import pytest

from articket_artists.korean import with_particle


@pytest.mark.parametrize(
    ("word", "particle", "said"),
    [
        ("파블로 피카소", "과/와", "파블로 피카소와"),
        ("로이 리히텐슈타인", "과/와", "로이 리히텐슈타인과"),
        ("마음", "이/가", "마음이"),
        ("장난기", "이/가", "장난기가"),
        ("눈길", "으로/로", "눈길로"),
        ("손", "으로/로", "손으로"),
        ("고흐", "은/는", "고흐는"),
        ("호퍼(화가)", "을/를", "호퍼(화가)를"),
        ("1호", "을/를", "1호를"),
        ("작품 3", "이/가", "작품 3이"),
        ("작품 2", "이/가", "작품 2가"),
        ("작품 1", "으로/로", "작품 1로"),
        ("Banksy", "과/와", "Banksy과(와)"),
        ("", "이/가", "이(가)"),
    ],
)
def test_the_particle_fits_the_last_sound(word, particle, said):
    assert with_particle(word, particle) == said
