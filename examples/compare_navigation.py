"""Compare methods on 2D navigation from Python. A second start after an interruption continues the comparison."""

import hypermaml as hm

if __name__ == "__main__":
    run = hm.compare(
        {
            "pretrained": hm.Pretrained(inner_lr=0.3, inner_clip=5.0),
            "maml": hm.MAML(inner_lr=0.3, inner_clip=5.0),
            "hypermaml": hm.HyperMAML(inner_lr=0.06, inner_clip=5.0),
        },
        hm.families.Navigation(),
        iterations=100,
        meta_batch=20,
        out="runs/navigation-example",
        resume=True,
    )
    print(run.table())
    print(run.difference("hypermaml", "maml", step=1))
