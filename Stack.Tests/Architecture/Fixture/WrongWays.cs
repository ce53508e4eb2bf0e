#pragma warning disable // Code that breaks the rules, so that the checks can be seen to fail.
namespace UserNet.Tests.Architecture.Fixture.Binding
{
    public interface ITable;

    public class Table
    {
        public static readonly int Size = int.Parse("3");

        public static int Count() => Size;

        public static class Row
        {
            public static readonly int Width = int.Parse("4");
        }
    }

    public sealed class TableAttribute : Attribute;

    public sealed class TableException : Exception;

    public sealed class Allowed
    {
        public Doors.ByField? Field;
    }
}

namespace UserNet.Tests.Architecture.Fixture.Cellar
{
    public sealed class Unknown;
}

namespace UserNet.Tests.Architecture.Fixture.Doors
{
    using UserNet.Tests.Architecture.Fixture.Binding;

    public class ByBase : Table;

    public class ByInterface : ITable;

    public class ByField
    {
        public Table? Table;
    }

    public class ByTypeArgument
    {
        public Dictionary<int, List<Table>>? Tables;
    }

    public class ByConstraint<T> where T : ITable;

    [Table]
    public class ByAttribute;

    public class BySignature
    {
        public void Take(Table? table) { }
    }

    public class ByArray
    {
        public Table[,]? Take() => null;
    }

    public class ByNew
    {
        public object Make() => new Table();
    }

    public class ByStaticCall
    {
        public int Call() => Table.Count();
    }

    public class ByStaticField
    {
        public int Read() => Table.Size;
    }

    public class ByTypeOf
    {
        public string Name() => typeof(Table).Name;
    }

    public class ByGenericCall
    {
        public object Make() => Array.Empty<Table>();
    }

    public class ByCast
    {
        public bool Is(object o) => o is Table;
    }

    public class ByCatch
    {
        public void Try()
        {
            try
            {
                Console.Out.Flush();
            }
            catch (TableException)
            {
            }
        }
    }

    public class ByLambda
    {
        public Func<object> Make() => () => new Table();
    }

    public class ByAsync
    {
        public async Task<object> Make()
        {
            await Task.Yield();
            return new Table();
        }
    }

    public class ByNested
    {
        public class Inner
        {
            public object Make() => new Table();
        }
    }

    public class ByNestedTarget
    {
        public int Read() => Table.Row.Width;
    }
}
