import pandas as pd
import pytest

from benchmarks import quality, results

METHODS = ["none", "class_weight", "smote", "gaussian"]
FAST = ["logistic_regression", "k_neighbors"]


@pytest.fixture
def run(tmp_path):
    def call(**options):
        lines = []
        options = {"sets": ["iris"], "methods": METHODS, "classifiers": FAST, "splits": 1} | options
        frame = quality.run(
            **options, data=tmp_path, out=tmp_path / "out" / "r.csv", progress=lines.append
        )
        return frame, lines

    return call


def test_a_run_scores_every_trial_once_and_then_has_nothing_to_do(run):
    frame, lines = run()
    assert len(lines) == len(METHODS)
    assert len(frame) == len(METHODS) * len(FAST)
    scores = frame[[*results.METRICS, *results.EXTRA_METRICS]]
    assert scores.apply(lambda s: s.between(-1, 1)).all(axis=None)
    smote = frame[frame["method"] == "smote"]
    assert (smote["n_resampled"] == 2 * (smote["n_train"] - smote["n_minority"])).all()
    again, lines = run()
    assert lines == []
    pd.testing.assert_frame_equal(frame, again)


def test_more_splits_and_classifiers_keep_what_was_there(run):
    first, _ = run(methods=["smote"], classifiers=FAST[:1])
    more, lines = run(methods=["smote"], splits=2)
    assert len(lines) == 2
    pd.testing.assert_frame_equal(more.iloc[:1], first)
    assert len(more) == 4


def test_worker_processes_give_the_same_scores(run, tmp_path):
    alone, _ = run(splits=2)
    together = quality.run(
        ["iris"], METHODS, FAST, splits=2, out=tmp_path / "two.csv", jobs=2, progress=lambda _: None
    )
    key = list(results.KEY)
    columns = [*key, *results.METRICS]
    pd.testing.assert_frame_equal(
        alone[columns].sort_values(key, ignore_index=True),
        together[columns].sort_values(key, ignore_index=True),
    )


def test_a_line_cut_short_is_run_again(run, tmp_path):
    whole, _ = run()
    path = tmp_path / "out" / "r.csv"
    path.write_text(path.read_text()[:-30])
    assert len(results.read(path)) == len(whole) - 1
    mended, lines = run()
    assert len(lines) == 1
    numbers = [*results.KEY, *results.METRICS]
    pd.testing.assert_frame_equal(mended[numbers], whole[numbers])


def test_a_set_without_its_file_is_skipped_with_the_reason(run):
    frame, lines = run(sets=["adult", "iris"], methods=["none"])
    assert "adult skipped" in lines[0]
    assert "adult.csv.gz is absent" in lines[0]
    assert set(frame["dataset"]) == {"iris"}


def test_a_method_that_cannot_resample_is_scored_on_the_data_as_they_are(run):
    def cannot(table, ratio, seed):
        raise ValueError("too few rows")

    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(quality.METHODS, "adasyn", cannot)
        frame, _ = run(methods=["none", "adasyn"])
    none, failed = (
        frame[frame["method"] == method].reset_index(drop=True) for method in ("none", "adasyn")
    )
    assert set(failed["note"]) == {"left alone: too few rows"}
    pd.testing.assert_frame_equal(none[list(results.METRICS)], failed[list(results.METRICS)])


def test_a_failing_smrt_is_an_error_and_leaves_the_other_methods_their_rows(run):
    with pytest.raises(RuntimeError, match="1 trials failed:\niris split 0 smrt@bad"):
        run(methods=["smrt", "none"], smrt_params={"no_such_parameter": 1}, tag="bad")
    frame, lines = run(methods=["none"])
    assert lines == []
    assert set(frame["method"]) == {"none"}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"sets": ["irsi"]}, "no data set 'irsi'; there are iris, "),
        ({"methods": ["smot"]}, "no method 'smot'"),
        ({"classifiers": ["svm"]}, "no classifier 'svm'"),
        ({"smrt_params": {"acceptance": 2.0}}, "needs a tag"),
    ],
)
def test_a_mistake_is_named(run, options, message):
    with pytest.raises(ValueError, match=message):
        run(**options)


def test_a_tag_means_one_set_of_parameters(run, tmp_path):
    row = dict.fromkeys(results.COLUMNS, 0) | {
        "method": "smrt@mild",
        "params": '{"acceptance": 2.0}',
    }
    results.append(tmp_path / "out" / "r.csv", [row])
    with pytest.raises(ValueError, match=r'was used for \{"acceptance": 2.0\}'):
        run(methods=["none"], smrt_params={"acceptance": 3.0}, tag="mild")


def test_a_file_of_another_version_is_refused(tmp_path):
    path = tmp_path / "r.csv"
    path.write_text("a,b\n1,2\n")
    with pytest.raises(ValueError, match="another version"):
        results.read(path)


def test_the_command_prints_a_summary(tmp_path, capsys):
    out = str(tmp_path / "r.csv")
    options = ["--sets", "diabetes", "--classifiers", "k_neighbors", "--splits", "1", "--out", out]
    quality.main([*options, "--methods", "none,smote"])
    printed = capsys.readouterr().out
    assert "[2/2" in printed
    assert "### Mean (mean rank)" in printed
    quality.main(["--summary", "--out", out])
    assert "### Against smote" in capsys.readouterr().out


def test_a_variant_of_smrt_is_a_method_of_its_own(run):
    frame, _ = run(methods=["smrt"], smrt_params={"acceptance": 2.0}, tag="mild")
    assert set(frame["method"]) == {"smrt@mild"}
    assert set(frame["params"]) == {'{"acceptance": 2.0}'}
    assert (frame["n_resampled"] == 2 * (frame["n_train"] - frame["n_minority"])).all()
    assert (frame["code"].str.len() == 8).all()
