import numpy as np
import visualize
from visualize import *
from autograd_core import *
x,y=Node(2.,name='x'),Node(3.,name='y'); f=x*y; f.backward()
cases=[dict(aspect="wide"),dict(aspect=-1),dict(aspect=0),dict(aspect=(16,9)),dict(grid=-1),dict(grid=2.5),dict(grid="4"),dict(grid=None),dict(grid=True),dict(style="x"),dict(style=None),dict(style="neurons",names=True),dict(style="neurons",symbolic=True),dict(style="neurons",fold=1),dict(style="neurons",rankdir="TB"),dict(style="neurons"),dict(rankdir="XX"),dict(rankdir=None),dict(leaves="x"),dict(theme="x"),dict(theme=3),dict(number_format="zz"),dict(number_format=3),dict(names="yes"),dict(symbolic="yes"),dict(symbolic=1),dict(function_boxes=2),dict(outlines="x"),dict(gradients="n"),dict(local_gradients=None),dict(fold=-1),dict(fold=1.5),dict(fold="nosuch"),dict(fold=["a",3]),dict(edges="x"),dict(edges="x",style="neurons"),dict(x=[1,2]),dict(frames=True),dict(foo=1),dict(outline=True)]
for c in cases:
    try: r=draw(f,**c); s=r.svg(); print(c,'-> OK (no error)')
    except Exception as e: print(c,'->',type(e).__name__,str(e)[:230])
for a in [3,None,np.ones(3),[x,y],"x",lambda q:q, Node]:
    try: draw(a); print(a,'OK')
    except Exception as e: print(repr(a)[:30],'->',type(e).__name__,str(e)[:230])
for fn in ["d.png","d.xyz","d","d.tex","d.pdf","d.gif","d.html"]:
    try: draw(f).save('/tmp/revs_scratch/'+fn); print(fn,'ok')
    except Exception as e: print(fn,'->',type(e).__name__,str(e)[:230])
for e in ["scalar_network([2])","scalar_network([])","scalar_network([2,0])","scalar_network('x')","neuron([1],[2,3])","neuron([],[])","matrix_network([2,2],activations=['foo'])","lecture_example('nope')","draw(f).frames('x')","draw(f).png(scale=-1)","explain(f, 'x')","explain(f, Node(1.0))","explain(f,x,entry=(0,0))","draw_artificial_neuron(0)","draw_artificial_neuron('a')","named_nodes(f)['q']","derivative_table(3)"]:
    try: print(e,'OK',repr(eval(e))[:80])
    except Exception as ex: print(e,'->',type(ex).__name__,str(ex)[:230])
