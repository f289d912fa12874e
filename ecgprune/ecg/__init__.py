"""ECG data: from records and databases to beats, datasets and scores, and the live chain of the device in Python.

Read first: `records.read_record` for a record, `build.build_dataset` for the beats of a run, `evaluation` for scores.

    records            reading/ (the WFDB files), databases/ (what is known of each), records, leads, beat_codes
    beats              beats (windows, normalization), patient, context, template, filter, integers
    datasets           build, dataset, division, splits, origins, inspection
    training data      synthetic, rhythm, waves (made-up patients); noise, nst; second_lead
    live chain         stream, stream_beat; qrs and qrs_*; quality, signal_loss, flutter
    scores by EC57     ec57 (classes), ec57_beats, ec57_runs, ec57_periods, ec57_totals; evaluation; annotation_file

What runs on the device, too, computes in integers, and the C in firmware/lib/ecg gives the same bits.
"""
