from pathlib import Path

import pytest
from small_dataset import write_small_dataset

from edge.errors import UsageError
from trainer.dataset import Dataset, open_dataset
from trainer.protocols.folds import fixed_split, group_folds, random_splits


@pytest.fixture
def data(tmp_path) -> Dataset:
    return open_dataset(write_small_dataset(tmp_path / "stripes"))


def pictures_under_test(fold) -> set[Path]:
    return {sample.path for sample in fold.test}


def test_the_fixed_split_is_the_one_on_disk(data):
    (fold,) = fixed_split(data)
    assert (fold.train, fold.test) == (data.train, data.test)


def test_no_picture_is_trained_on_and_pictures_under_test(data):
    for fold in random_splits(data, repeats=5, train_share=0.7, seed=1):
        assert not set(fold.train) & pictures_under_test(fold)


def test_a_split_uses_every_picture_once_and_tests_all_defective_ones(data):
    everything = {*data.train, *(sample.path for sample in data.test)}
    for fold in random_splits(data, repeats=3, train_share=0.6, seed=1):
        assert set(fold.train) | pictures_under_test(fold) == everything
        assert len(fold.train) == 18
        assert sum(sample.bad for sample in fold.test) == 6


def test_splits_differ_from_each_other_and_come_again_with_their_seed(data):
    first, second = random_splits(data, repeats=2, train_share=0.7, seed=1)
    assert first.train != second.train
    assert random_splits(data, repeats=2, train_share=0.7, seed=1)[0] == first
    assert random_splits(data, repeats=2, train_share=0.7, seed=2)[0] != first


@pytest.mark.parametrize(("repeats", "share"), [(1, 0.7), (3, 0.05), (3, 0.99)])
def test_a_split_that_cannot_be_is_refused(data, repeats, share):
    with pytest.raises(UsageError):
        random_splits(data, repeats, share, seed=0)


def test_a_group_is_tested_by_a_model_that_never_saw_it(data):
    folds = group_folds(data, r"^0(\d)")
    assert [fold.name for fold in folds] == ["without-0", "without-1", "without-2"]
    for fold in folds:
        group = fold.name[-1]
        assert all(path.name[1] != group for path in fold.train)
        assert all(sample.path.name[1] == group for sample in fold.test)


def test_defective_pictures_without_a_group_are_tested_in_every_fold(data):
    bad = [sample for sample in data.test if sample.bad]
    for sample in bad:
        sample.path.rename(sample.path.with_name("x" + sample.path.name))
        if sample.mask:
            sample.mask.rename(sample.mask.with_name("x" + sample.mask.name))
    renamed = open_dataset(data.root)
    for fold in group_folds(renamed, r"^0(\d)"):
        assert sum(sample.bad for sample in fold.test) == len(bad)


@pytest.mark.parametrize("pattern", ["^0", "([", "^(z)", "^(0)"])
def test_a_pattern_that_finds_no_groups_is_refused(data, pattern):
    with pytest.raises(UsageError):
        group_folds(data, pattern)


def test_a_laid_out_fold_is_a_data_set_of_the_same_pictures(data, tmp_path):
    """Train and test pictures of one name met in one folder, and one of them was lost."""
    fold = random_splits(data, repeats=2, train_share=0.7, seed=3)[0]
    again = open_dataset(fold.lay_out(tmp_path / "fold"), need_test=True)
    assert {path.resolve() for path in again.train} == set(fold.train)
    assert {sample.path.resolve() for sample in again.test} == pictures_under_test(fold)
    masks = {sample.path.resolve(): sample.mask.resolve() for sample in again.test if sample.mask}
    assert masks == {sample.path: sample.mask for sample in fold.test if sample.mask}


def test_another_option_is_another_result(data):
    fold = fixed_split(data)[0]
    assert fold.fingerprint("--size", "256") != fold.fingerprint("--size", "320")
