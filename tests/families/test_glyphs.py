import jax
import jax.numpy as jnp
import numpy as np
import pytest

from hypermaml._core.collect import collect
from hypermaml.data.characters import Characters
from hypermaml.families.glyphs import Glyphs, Letters, rotate
from hypermaml.methods.maml import MAML

KEY = jax.random.key(0)
IMAGES = 8


def characters(alphabets=6, letters=4, images=IMAGES):
    """Every image is even, and its grey level tells alphabet, letter and number of the image."""
    names, drawn = [], []
    for alphabet in range(alphabets):
        for letter in range(letters):
            names.append(f"alphabet{alphabet}/{letter}")
            level = 10 * (len(names)) + np.arange(images, dtype=np.uint8)
            drawn.append(np.broadcast_to(level[:, None, None], (images, 28, 28)).astype(np.uint8))
    return Characters(tuple(names), tuple(name.split("/")[0] for name in names), tuple(drawn))


def family(*, letters=4, **options):
    return Glyphs(
        characters(letters=letters).split(),
        **{"ways": 3, "support": 2, "query": 2, "test_images": 4, "filters": 2} | options,
    )


def told(images):
    """Character and number of each image, from its grey level."""
    level = np.asarray(images).reshape(len(images), -1)[:, 0].astype(int)
    return list(zip(level // 10, level % 10, strict=True))


def test_support_and_query_share_classes_and_no_image():
    glyphs = family()
    system = MAML().build(glyphs, key=KEY)
    tasks = glyphs.sample(5, split="meta-train", key=KEY)
    data = collect(system.method, system.objective, glyphs, tasks, key=KEY)
    support, query = data.task_info.support, data.query[0]
    for task in range(5):
        assert support.label[task].tolist() == query.label[task].tolist() == [0, 1, 2] * 2
        seen, asked = told(support.image[task]), told(query.image[task])
        assert len({*seen, *asked}) == 12
        classes = [{character for character, _ in (seen + asked)[label::3]} for label in range(3)]
        assert all(len(its) == 1 for its in classes)
        assert len(set.union(*classes)) == 3


def test_what_is_scored_is_not_in_the_support_set():
    glyphs = family()
    task = jax.tree.map(lambda leaf: leaf[0], glyphs.sample(1, split="meta-test", key=KEY))
    support, scored = glyphs.test_set(task, support_key=KEY, query_key=KEY)
    assert not set(told(support.image)) & set(told(scored.image))
    assert (len(support.label), len(scored.label)) == (6, 12)

    def by_level(image):
        """Recognize the classes by their grey level."""
        level = image[0, 0, 0] * 255 // 10
        return -jnp.abs(level - (task.characters + 1))

    scores = glyphs.score(by_level, task, scored)
    assert scores["accuracy"] == 1
    wrong = glyphs.score(lambda image: jnp.roll(by_level(image), 1), task, scored)
    assert wrong["accuracy"] == 0
    assert wrong["loss"] > scores["loss"]


def test_alphabets_of_a_split_are_in_no_other():
    glyphs, seen = family(), {}
    for split in ("meta-train", "meta-validation", "meta-test"):
        tasks = glyphs.sample(100, split=split, key=KEY)
        assert all(len(set(row)) == 3 for row in np.asarray(tasks.characters).tolist())
        first = np.asarray(glyphs.images)[np.asarray(tasks.characters).ravel(), 0]
        seen[split] = {(character - 1) // 4 for character, _ in told(first)}
    assert set.union(*seen.values()) == set(range(6))
    assert sum(map(len, seen.values())) == 6


def test_only_training_rotates_characters():
    glyphs = family()
    assert set(np.asarray(glyphs.sample(50, split="meta-train", key=KEY).rotations).ravel()) == {0, 1, 2, 3}
    assert not np.asarray(glyphs.sample(50, split="meta-test", key=KEY).rotations).any()
    image = jnp.arange(784, dtype=jnp.uint8).reshape(28, 28)
    for quarters in range(4):
        np.testing.assert_array_equal(rotate(image, jnp.asarray(quarters)), np.rot90(image, quarters))


def test_the_key_permutes_the_images_of_a_batch_and_none_comes_twice():
    glyphs = family()
    task = jax.tree.map(lambda leaf: leaf[0], glyphs.sample(1, split="meta-test", key=KEY))
    batches = [told(glyphs.batch(None, task, size=3 * IMAGES, key=jax.random.key(n)).image) for n in range(2)]
    assert batches[0] != batches[1]
    assert all(len(set(batch)) == 3 * IMAGES for batch in batches)
    with pytest.raises(ValueError, match="size is 27 images, but the 3 classes have 8 images each"):
        glyphs.batch(None, task, size=3 * IMAGES + 3, key=KEY)


def test_the_loss_is_the_cross_entropy():
    batch = Letters(jnp.zeros((2, 28, 28), jnp.uint8), jnp.asarray([0, 1]))
    logits = jnp.asarray([1.0, 0.0, 0.0])
    expected = np.log(np.exp(1) + 2) - np.array([1, 0])
    assert float(family().inner_loss(lambda image: logits, batch)) == pytest.approx(expected.mean(), rel=1e-6)


def test_all_images_that_every_character_has_are_used():
    assert family().images.shape == (24, IMAGES, 28, 28)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"ways": 1}, "ways is 1, but it must be at least 2"),
        ({"support": 0}, "support is 0, but it must be at least 1"),
        ({"ways": 5}, "ways is 5, but meta-[a-z]+ has only 4 characters"),
        (
            {"ways": 3, "one_script": True, "letters": 2},
            r"ways is 3 and a task is of one script, but no alphabet of meta-",
        ),
        ({"support": 5}, r"alphabet\d/\d has 8 images, but 9 are needed"),
        ({"query": 7}, "has 8 images, but 9 are needed"),
    ],
)
def test_what_does_not_fit_is_refused(options, sentence):
    with pytest.raises(ValueError, match=sentence):
        family(**options)


def test_a_batch_that_is_no_whole_number_a_class_is_refused():
    glyphs = family()
    task = jax.tree.map(lambda leaf: leaf[0], glyphs.sample(1, split="meta-test", key=KEY))
    with pytest.raises(ValueError, match="size is 4 images, but it must be a multiple of the 3 classes"):
        glyphs.batch(None, task, size=4, key=KEY)


def test_a_signature_is_the_mean_of_images_of_length_1():
    glyphs = family()
    bright = Letters(jnp.full((2, 28, 28), 200, jnp.uint8), jnp.zeros(2, int))
    np.testing.assert_allclose(glyphs.signature(bright), 1 / 7, rtol=1e-5)
    assert np.isfinite(glyphs.signature(Letters(jnp.zeros((2, 28, 28), jnp.uint8), jnp.zeros(2, int)))).all()


def test_a_picture_has_the_letters_and_the_answers_to_them():
    glyphs = family()
    tasks, picture = glyphs.sample(2, split="meta-test", key=KEY), glyphs.picture
    support, query = glyphs.test_sets(tasks, support_key=KEY, query_key=KEY)
    scene = picture.scene(glyphs, tasks, jax.tree.map(lambda leaf: leaf[:, None], support), query)
    assert scene["letters"].shape == (2, 9, 28, 28)
    assert scene["examples"].shape == (2, 3, 28, 28)
    task, query = jax.tree.map(lambda leaf: leaf[0], (tasks, query))
    answers = picture.portrait(glyphs, lambda image: jnp.asarray([0.0, 1.0, 0.0]), task, query, key=KEY)
    assert answers.tolist() == [1] * 9


def test_tasks_of_one_script_draw_all_their_characters_from_it_and_know_it():
    some, few = characters(alphabets=6, letters=4), characters(alphabets=1, letters=2)
    mixed = Characters((*some.names, "few/0", "few/1"), (*some.alphabets, "few", "few"), (*some.images, *few.images))
    own = dict.fromkeys(("meta-train", "meta-validation", "meta-test"), mixed)
    options = {"ways": 3, "support": 2, "query": 2, "test_images": 4, "filters": 2}
    glyphs = Glyphs(own, **options, one_script=True)
    tasks = glyphs.sample(300, split="meta-test", key=KEY)
    places = np.asarray(tasks.characters) - 2 * len(mixed)
    assert ((places >= 0) & (places < len(mixed))).all()
    drawn = np.asarray(mixed.alphabets)[places]
    assert (drawn == drawn[:, :1]).all()
    assert all(len(set(row)) == 3 for row in places.tolist())
    assert set(drawn[:, 0]) == set(some.alphabets)  # the alphabet of two characters is too small
    names, groups = np.unique(drawn[:, 0], return_inverse=True)
    assert len(set(zip(groups.tolist(), np.asarray(glyphs.group(tasks)).tolist(), strict=True))) == len(names)
    assert Glyphs(own, **options).group(tasks) is None
